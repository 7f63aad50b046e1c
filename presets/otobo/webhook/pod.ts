// What a pod of kind otobo gets beside number, env and steps: files with secrets, its user, probes and preStops, and
// warnings for what cannot work (docs/research/otobo.md#loader-process). Nothing that the pod has itself is changed.

import { add, type PatchOperation } from "../../../webhook/admission/answer.ts";
import type { Denial } from "../../../webhook/denials/codes.ts";
import type { PodIdentity } from "../../../webhook/kubernetes/objects.ts";
import {
  buildContainerPath,
  type ContainerTarget,
  type Pod,
  withoutEndSlashes,
} from "../../../webhook/kubernetes/objects.ts";
import type { EnvRequirement } from "../../../webhook/mutation/env.ts";
import { addMissingMounts } from "../../../webhook/mutation/initContainer.ts";
import { buildFileMounts } from "../../../webhook/mutation/mounts.ts";
import type { PodChanges, PodInput } from "../../../webhook/profiles/presetPods.ts";
import { denyOtobo, formatOtoboWarning } from "../codes.ts";
import { OTOBO_HOME, OTOBO_UID } from "../contract/places.ts";
import { FIRST_INSTALL_ENV } from "../contract/settings.ts";
import { buildStopCommand } from "../contract/steps.ts";
import type { OtoboPod, OtoboProfile } from "../profile/otoboPod.ts";
import { buildOtoboProbes, STOP_WEB } from "./probes.ts";

/** Variables of kind otobo that differ from pod to pod. */
export function buildOtoboEnv({ otobo }: OtoboProfile, { ordinal }: PodIdentity): EnvRequirement[] {
  const isFirst = otobo.firstInstall && ordinal === 0;
  return isFirst ? [{ variable: { name: FIRST_INSTALL_ENV, value: "1" }, conflict: "keep" }] : [];
}

/** The operations that are kind otobo's own, or why the pod cannot be one. */
export function buildOtoboChanges(
  { pod, profile, member }: PodInput & { profile: OtoboProfile },
  [first, ...others]: readonly [ContainerTarget, ...ContainerTarget[]],
): PodChanges | Denial {
  const { otobo, drop } = profile;
  const targets = [first, ...others];
  const homeless = targets.find(({ container }) => !hasHome(container, otobo));
  if (homeless !== undefined) {
    return denyOtobo(
      "otobo-home-missing",
      `container ${homeless.container.name} does not mount volume ${otobo.home} at ${OTOBO_HOME}; ` +
        `mount it in every container of OTOBO, or change the profile's home.volume`,
    );
  }
  const isOpen = otobo.firstInstall && member.ordinal === 0;
  const ownPreStop = otobo.daemon === null ? STOP_WEB : buildStopCommand(otobo.stopSeconds);
  const operations = [
    ...others.flatMap((target) =>
      addMissingMounts(buildContainerPath(target), target.container, buildFileMounts(profile.files)),
    ),
    ...targets.flatMap((target) => buildOtoboProbes(target, otobo, isOpen)),
    // under drop policy managed the first one's is that by which it leaves
    ...(drop.policy === "managed" ? [] : preStop(first, ownPreStop)),
    ...others.flatMap((target) => preStop(target, STOP_WEB)),
    ...setImageUser(pod),
  ];
  return { operations, warnings: [...userWarnings(pod, targets), ...policyWarnings(profile)], ownPreStop };
}

function hasHome({ volumeMounts }: ContainerTarget["container"], { home }: OtoboPod): boolean {
  return (volumeMounts ?? []).some(
    ({ name, mountPath }) => name === home && withoutEndSlashes(mountPath) === OTOBO_HOME,
  );
}

/**
 * PID 1 of both is deaf to SIGTERM, or ends before what it has started (docs/research/otobo.md#image-and-entrypoint).
 */
function preStop(target: ContainerTarget, command: readonly string[]): PatchOperation[] {
  const { lifecycle } = target.container;
  // a native sidecar would do; an init container that ends has none
  if (target.list === "initContainers" || lifecycle?.preStop) return [];
  const handler = { exec: { command } };
  return lifecycle
    ? [add([...buildContainerPath(target), "lifecycle", "preStop"], handler)]
    : [add([...buildContainerPath(target), "lifecycle"], { preStop: handler })];
}

const USER = { runAsUser: OTOBO_UID, runAsGroup: OTOBO_UID, fsGroup: OTOBO_UID, runAsNonRoot: true };

/** The image's user by number, since its name tells the kubelet nothing (docs/research/otobo.md#probes-and-users). */
function setImageUser({ spec }: Pod): PatchOperation[] {
  const { securityContext } = spec;
  if (!securityContext) return [add(["spec", "securityContext"], USER)];
  const saysUser = typeof securityContext.runAsUser === "number";
  return (
    Object.entries(USER)
      .filter(([name]) => securityContext[name] === undefined || securityContext[name] === null)
      // of somebody else's user nothing is to be made up
      .filter(([name]) => !saysUser || name === "fsGroup")
      .map(([name, value]) => add(["spec", "securityContext", name], value))
  );
}

function userWarnings({ spec }: Pod, targets: readonly ContainerTarget[]): string[] {
  return targets.flatMap(({ container }) => {
    const user = container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser ?? OTOBO_UID;
    if (user === OTOBO_UID) return [];
    const why =
      user === 0
        ? "as root, which OTOBO's entrypoint ends with exit 1 and without a word"
        : `as user ${user}, whose files in the image are user ${OTOBO_UID}'s`;
    return [
      formatOtoboWarning(
        "otobo-template-issue",
        `container ${container.name} runs ${why}; set runAsUser: ${OTOBO_UID}`,
      ),
    ];
  });
}

/** Without a way out the tasks that a node has locked are lost with it (docs/research/otobo.md#leaving). */
function policyWarnings({ otobo, drop }: OtoboProfile): string[] {
  if (otobo.daemon === null || drop.policy !== "allow") return [];
  const message =
    "scaleDown.policy Allow: the future tasks that a daemon has locked are lost with its number; set policy: Managed";
  return [formatOtoboWarning("otobo-template-issue", message)];
}
