// Warnings of what changes the ring's members, or waits for them, beside Rollcall: hooks, probes and other commands of the
// pods, and Jobs of the same files. As in Ozone's Helm chart and the proposals to it (docs/research/ozone.md#helm-chart).
import type { Container, StatefulSet } from "../../../webhook/kubernetes/objects.ts";
import { listNames, shorten } from "../../../webhook/kubernetes/shorten.ts";
import type { JobTemplate } from "../../../webhook/profiles/presetPods.ts";
import { formatOzoneWarning } from "../codes.ts";
import type { OzoneMembers } from "../profile/schema.ts";
import { findOmCommand } from "./findOmCommand.ts";

const BOOTSTRAP = ["--bootstrap", "-bootstrap", "--forcebootstrap"];
/** A transfer of leadership is a change of the Raft configuration, too (docs/research/ozone.md#transfer-of-leadership). */
const CHANGES = new Set([...BOOTSTRAP, "decommission", "transfer"]);
/** Rollcall wraps preStop, so a transfer there runs after its own, one after the other. */
const CHANGES_IN_PRESTOP = new Set([...BOOTSTRAP, "decommission"]);
const ROLES = new Set(["roles", "getserviceroles"]);

const REMEDY =
  "Remove it, or it may run at the same time as a join or leave. For the Helm chart see docs/ozone-helm.md";

export function listMembershipWarnings(set: StatefulSet, profile: OzoneMembers): string[] {
  const { containers, initContainers } = set.spec.template.spec;
  const every = [...containers, ...(initContainers ?? [])];
  const probes = every.flatMap((container) => listLeaderProbes(container));
  return [
    ...every.flatMap((container) => listChanges(container, profile)),
    ...(probes.length === 0 ? [] : [formatProbes(probes)]),
  ];
}

/** Warnings of a Job of the same files. */
export function listJobWarnings({ kind, name, spec }: JobTemplate, profile: OzoneMembers): string[] {
  const every = [...spec.containers, ...(spec.initContainers ?? [])];
  const found = every.map(({ command, args }) =>
    findOmCommand([...(command ?? []), ...(args ?? [])], CHANGES),
  );
  const command = found.find((each) => each !== null);
  return command === undefined ? [] : [formatChange(`${kind} ${shorten(name)}`, command, profile)];
}

function listChanges({ name, command, args, lifecycle }: Container, profile: OzoneMembers): string[] {
  const places = [
    // another rule denies a bootstrap by the container itself
    [
      `container ${shorten(name)}`,
      [...(command ?? []), ...(args ?? [])],
      new Set(["decommission", "transfer"]),
    ],
    [`the postStart of container ${shorten(name)}`, lifecycle?.postStart?.exec?.command ?? [], CHANGES],
    [
      `the preStop of container ${shorten(name)}`,
      lifecycle?.preStop?.exec?.command ?? [],
      CHANGES_IN_PRESTOP,
    ],
  ] as const;
  return places.flatMap(([what, words, names]) => {
    const found = findOmCommand(words, names);
    return found === null ? [] : [formatChange(what, found, profile)];
  });
}

function formatChange(what: string, command: string, { name }: OzoneMembers): string {
  return formatOzoneWarning(
    "ozone-membership-command",
    `${what} runs ozone om ${command}, but under profile ${name} only Rollcall changes the members of the ring. ${REMEDY}.`,
  );
}

function listLeaderProbes({ name, startupProbe, livenessProbe, readinessProbe }: Container): string[] {
  return Object.entries({ startupProbe, livenessProbe, readinessProbe })
    .filter(([, probe]) => findOmCommand(probe?.exec?.command ?? [], ROLES) !== null)
    .map(([kind]) => `${kind} of container ${shorten(name)}`);
}

const formatProbes = (probes: readonly string[]): string =>
  formatOzoneWarning(
    "ozone-probe-needs-leader",
    `the ${listNames(probes)} asks ozone admin om roles, which answers only while the ring has a leader. After all members were down, the ` +
      "first one would never become started or ready, and with podManagementPolicy OrderedReady the others would not be created, so the " +
      "ring would not come back. Remove the probe: Rollcall adds probes that need no leader where there are none.",
  );
