// Builds the plan of a pod from its profile and its identity.

import { MARKER_MOUNT, S3_MOUNT } from "../../init/contract/places.ts";
import type { Plan } from "../../init/contract/plan.ts";
import { type Denial, deny } from "../denials/codes.ts";
import type { PodIdentity } from "../kubernetes/objects.ts";
import type { MarkerSettings } from "../profiles/markers.ts";
import type { Profile, RunnerSpec } from "../profiles/profile.ts";
import { fill, type Placeholder } from "../profiles/template.ts";
import { escapeEnvRefs } from "./env.ts";

/** The values of the placeholders in one pod. */
export function resolvePlaceholders(
  member: PodIdentity,
  nodeId: string,
  image: string,
): Record<Placeholder, string> {
  return {
    podName: member.pod,
    ordinal: String(member.ordinal),
    nodeID: nodeId,
    namespace: member.namespace,
    serviceName: member.serviceName,
    statefulSet: member.statefulSet,
    image,
  };
}

/** Linux limits one string of the environment to 128 KiB; the difference is a margin. */
const LONGEST_PLAN = 100 * 1024;

export interface PlanInput {
  profile: Profile;
  work: RunnerSpec;
  member: PodIdentity;
  nodeId: string;
  image: string;
  /** the pod's controller-revision-hash */
  revision: string | null;
  api: Plan["api"];
}

/** The plan as an env value, with escapes against the kubelet's expansion; or why it cannot be one. */
export function buildPlanText({
  profile,
  work,
  member,
  nodeId,
  image,
  revision,
  api,
}: PlanInput): string | Denial {
  const own = profile.pods.describeForRunner?.(member);
  const plan: Omit<Plan, "steps"> = {
    schema: 1,
    identity: {
      namespace: member.namespace,
      workload: member.statefulSet,
      pod: member.pod,
      nodeId,
      kind: profile.kind,
      profile: profile.name,
    },
    ...(profile.version === null ? {} : { profileVersion: profile.version }),
    ordinal: member.ordinal,
    release: fill(profile.release, resolvePlaceholders(member, nodeId, image)),
    ...(work.releaseFrom === undefined ? {} : { releaseFrom: work.releaseFrom }),
    revision,
    markers: buildMarkerLocation(work.markers),
    s3: buildS3(work),
    lock: work.lock,
    api,
    drop: profile.drop.policy,
    leave: work.leave,
    ...(profile.ring === null ? {} : { ring: { name: profile.ring.name } }),
    ...(own === undefined ? {} : { preset: own }),
  };
  const text = `${escapeEnvRefs(JSON.stringify(plan)).slice(0, -1)},"steps":${formatSteps(work)}}`;
  const size = Buffer.byteLength(text);
  if (size <= LONGEST_PLAN) return text;
  return deny(
    "plan-too-large",
    `the plan of profile ${profile.name} takes ${size} bytes in an environment variable, and at most ${LONGEST_PLAN} are allowed. ` +
      `Move long scripts into the image, or into a ConfigMap that the application mounts.`,
  );
}

/** Cached, since the steps are most of a plan and the same in all pods of a profile. */
const stepsTexts = new WeakMap<RunnerSpec, string>();

function formatSteps(work: RunnerSpec): string {
  const known = stepsTexts.get(work);
  if (known !== undefined) return known;
  const text = escapeEnvRefs(JSON.stringify(work.steps));
  stepsTexts.set(work, text);
  return text;
}

function buildMarkerLocation(markers: MarkerSettings): Plan["markers"] {
  if (markers.store === "s3") return { store: "s3" };
  return { store: markers.store, root: MARKER_MOUNT, path: markers.path };
}

/** S3 settings of the plan: where the pod finds the credentials, never the credentials. */
function buildS3({ s3 }: RunnerSpec): Plan["s3"] {
  if (s3 === null) return null;
  const { place, keys } = s3;
  return { ...place, credentials: keys.from === "secret" ? { from: "files", folder: S3_MOUNT } : keys };
}
