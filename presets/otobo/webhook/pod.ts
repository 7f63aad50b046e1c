// What a pod of type Otobo gets besides NodeID, env and steps: mounts of secret files, user, probes and preStops; and
// warnings (docs/research/otobo.md#loader-process). Settings that the pod has already are kept.

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
import { buildAppFileMounts } from "../../../webhook/mutation/mounts.ts";
import type { PodChanges, PodInput } from "../../../webhook/profiles/presetPods.ts";
import { denyOtobo, formatOtoboWarning } from "../codes.ts";
import { OTOBO_HOME, OTOBO_UID } from "../contract/places.ts";
import { FIRST_INSTALL_ENV } from "../contract/settings.ts";
import { buildStopCommand } from "../contract/steps.ts";
import type { OtoboPod, OtoboProfile } from "../profile/otoboPod.ts";
import { planWatcher } from "./planWatcher.ts";
import { buildOtoboProbes, STOP_WEB } from "./probes.ts";

/** Variables that differ between pods. */
export function buildOtoboEnv({ otobo }: OtoboProfile, { ordinal }: PodIdentity): EnvRequirement[] {
  const isFirst = otobo.firstInstall && ordinal === 0;
  return isFirst ? [{ variable: { name: FIRST_INSTALL_ENV, value: "1" }, conflict: "keep" }] : [];
}

/** The changes for type Otobo, or why the pod cannot run OTOBO. */
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
      `container ${homeless.container.name} does not mount volume ${otobo.home} at ${OTOBO_HOME}. ` +
        `Mount it in every container of OTOBO, or change the profile's home.volume.`,
    );
  }
  const watch = planWatcher(first, otobo);
  if ("rule" in watch) return watch;
  const mayInstall = otobo.firstInstall && member.ordinal === 0;
  const ownPreStop = otobo.daemon === null ? STOP_WEB : buildStopCommand(otobo.stopSeconds);
  const operations = [
    ...others.flatMap((target) =>
      addMissingMounts(buildContainerPath(target), target.container, buildAppFileMounts(profile.files)),
    ),
    ...targets.flatMap((target) => buildOtoboProbes(target, otobo, mayInstall)),
    // under scaleDown.policy Managed the first container gets the preStop with `leave`
    ...(drop.policy === "managed" ? [] : addPreStop(first, ownPreStop)),
    ...others.flatMap((target) => addPreStop(target, STOP_WEB)),
    // after the preStop, which adds lifecycle if the container has none
    ...watch,
    ...setImageUser(pod),
  ];
  return { operations, warnings: [...checkUsers(pod, targets), ...checkPolicy(profile)], ownPreStop };
}

function hasHome({ volumeMounts }: ContainerTarget["container"], { home }: OtoboPod): boolean {
  return (volumeMounts ?? []).some(
    ({ name, mountPath }) => name === home && withoutEndSlashes(mountPath) === OTOBO_HOME,
  );
}

/**
 * Adds a preStop, because process 1 of OTOBO's containers ignores SIGTERM, or ends before its children
 * (docs/research/otobo.md#image-and-entrypoint).
 */
function addPreStop(target: ContainerTarget, command: readonly string[]): PatchOperation[] {
  const { lifecycle } = target.container;
  // an init container that ends cannot have a preStop
  if (target.list === "initContainers" || lifecycle?.preStop) return [];
  const handler = { exec: { command } };
  return lifecycle
    ? [add([...buildContainerPath(target), "lifecycle", "preStop"], handler)]
    : [add([...buildContainerPath(target), "lifecycle"], { preStop: handler })];
}

const USER = { runAsUser: OTOBO_UID, runAsGroup: OTOBO_UID, fsGroup: OTOBO_UID, runAsNonRoot: true };

/** Sets the image's user by number: runAsNonRoot cannot verify a user name (docs/research/otobo.md#probes-and-users). */
function setImageUser({ spec }: Pod): PatchOperation[] {
  const { securityContext } = spec;
  if (!securityContext) return [add(["spec", "securityContext"], USER)];
  const hasUser = typeof securityContext.runAsUser === "number";
  return (
    Object.entries(USER)
      .filter(([name]) => securityContext[name] === undefined || securityContext[name] === null)
      // runAsGroup and runAsNonRoot must not be guessed for a user that the pod sets
      .filter(([name]) => !hasUser || name === "fsGroup")
      .map(([name, value]) => add(["spec", "securityContext", name], value))
  );
}

function checkUsers({ spec }: Pod, targets: readonly ContainerTarget[]): string[] {
  return targets.flatMap(({ container }) => {
    const user = container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser ?? OTOBO_UID;
    if (user === OTOBO_UID) return [];
    const why =
      user === 0
        ? "as root, for which OTOBO's entrypoint exits with code 1 and no message"
        : `as user ${user}, but the files in the image belong to user ${OTOBO_UID}`;
    return [
      formatOtoboWarning(
        "otobo-template-issue",
        `container ${container.name} runs ${why}. Set runAsUser: ${OTOBO_UID}.`,
      ),
    ];
  });
}

/** Without `leave` the tasks that a node has locked are lost with it (docs/research/otobo.md#leaving). */
function checkPolicy({ otobo, drop }: OtoboProfile): string[] {
  if (otobo.daemon === null || drop.policy !== "allow") return [];
  const message =
    "with scaleDown.policy Allow, future tasks that a daemon has locked are lost when its pod is removed. Set policy: Managed.";
  return [formatOtoboWarning("otobo-template-issue", message)];
}
