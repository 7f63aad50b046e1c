// Warnings of what changes the ring's members, or waits for them, beside Rollcall: hooks, probes and other commands of the
// pods, and Jobs of the same files. As in Ozone's Helm chart and the proposals to it (docs/research/ozone.md#helm-chart).
import type { Container, StatefulSet } from "../../../webhook/kubernetes/objects.ts";
import { listNames, shorten } from "../../../webhook/kubernetes/shorten.ts";
import type { JobTemplate } from "../../../webhook/profiles/presetPods.ts";
import { formatOzoneWarning } from "../codes.ts";
import type { OzoneMembers } from "../profile/schema.ts";
import { findOmCommand, findOzoneCommand } from "./findOmCommand.ts";

const BOOTSTRAP = ["--bootstrap", "-bootstrap", "--forcebootstrap"];
/** A transfer of leadership is a change of the Raft configuration, too (docs/research/ozone.md#transfer-of-leadership). */
const CHANGES = new Set([...BOOTSTRAP, "decommission", "transfer"]);
/** Rollcall wraps preStop, so a transfer there runs after its own, one after the other. */
const CHANGES_IN_PRESTOP = new Set([...BOOTSTRAP, "decommission"]);
const ROLES = new Set(["roles", "getserviceroles"]);
/** Programs that read or write data, which only a leader serves. */
const CLIENTS = new Set(["sh", "fs", "s3", "tenant", "freon"]);

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

function listLeaderProbes({ name, startupProbe, livenessProbe, readinessProbe }: Container): LeaderProbe[] {
  return Object.entries({ startupProbe, livenessProbe, readinessProbe }).flatMap(([kind, probe]) => {
    const question = findLeaderQuestion(probe?.exec?.command ?? []);
    return question === null ? [] : [{ probe: `${kind} of container ${shorten(name)}`, question }];
  });
}

/** What a command asks that is answered only while the ring has a leader, or null. */
function findLeaderQuestion(command: readonly string[]): string | null {
  if (findOmCommand(command, ROLES) !== null) return "ozone admin om roles";
  const client = findOzoneCommand(command, CLIENTS);
  if (client !== null) return `ozone ${client}`;
  // the role in /jmx; a member that may also be a follower does not wait for a leader
  const isForLeader = command.some((each) => each.includes("LEADER"));
  return isForLeader && !command.some((each) => each.includes("FOLLOWER")) ? "for the role LEADER" : null;
}

interface LeaderProbe {
  readonly probe: string;
  readonly question: string;
}

const formatProbes = (found: readonly LeaderProbe[]): string =>
  formatOzoneWarning(
    "ozone-probe-needs-leader",
    `the ${listNames(found.map(({ probe }) => probe))} asks ${listNames([...new Set(found.map(({ question }) => question))])}, which is answered only while the ring has a leader. After all members were down, the ` +
      "first one would never become started or ready, and with podManagementPolicy OrderedReady the others would not be created, so the " +
      "ring would not come back. Remove the probe: Rollcall adds probes that need no leader where there are none.",
  );
