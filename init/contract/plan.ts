// The plan: what the runner does in one pod. The webhook writes it as JSON into the environment variable ROLLCALL_PLAN.
// It holds no secret.

import { PLAN_ENV, POD_ENV } from "./places.ts";
import { s3Place } from "./s3.ts";
import {
  absolutePath,
  anything,
  checked,
  closed,
  formatShapeFault,
  integer,
  list,
  matching,
  nonEmptyList,
  nonEmptyText,
  nullable,
  oneOf,
  optional,
  positive,
  readShape,
  type Shape,
  type ShapeFault,
  type TypeOf,
  text,
  variants,
} from "./shape.ts";

const argv = nonEmptyList(text());

/** A name that is valid in a log line, a marker and a file name. */
export const STEP_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
export const STEP_NAME_RULE = "lower case letters, digits and '-', at most 63, as in a DNS label";

/** Node.js timers hold 31 bits of milliseconds; a longer timeout would fire at once. */
export const LONGEST_TIMEOUT_S = Math.floor((2 ** 31 - 1) / 1000);

const PROVEN_COMMAND = {
  run: argv,
  /** proves by exit code 0 that `run` did its work; the exit code of `run` may be wrong */
  verify: argv,
  /** limit for each command, in seconds */
  timeoutSeconds: positive(LONGEST_TIMEOUT_S),
} as const;

const planStep = closed({
  name: matching(STEP_NAME, STEP_NAME_RULE),
  /** pod: once for each pod and its marker; release: once for each release of the StatefulSet, by one of its pods */
  scope: oneOf("pod", "release"),
  ...PROVEN_COMMAND,
  /** a cheaper verify for a step that is marked already */
  still: optional(argv),
  /** how often a failed step is retried before the runner gives up */
  retries: integer(0),
});

/** The identity of a pod. */
export const IDENTITY_FIELDS = {
  namespace: nonEmptyText(),
  workload: nonEmptyText(),
  pod: nonEmptyText(),
  nodeId: matching(/^(0|[1-9][0-9]*)$/, "a number in canonical decimal"),
  kind: nonEmptyText(),
  profile: nonEmptyText(),
} as const;

/** The metadata that identifies a version of a RollcallProfile. */
export const PROFILE_VERSION_FIELDS = { uid: nonEmptyText(), generation: integer(0) } as const;

const onVolume = closed({
  /** both: the volume and S3 must agree, or the steps are verified again */
  store: oneOf("pvc", "both"),
  /** where the marker volume's root is mounted */
  root: absolutePath(),
  /** folder below the root */
  path: nonEmptyText(),
});

/** Where markers are stored. */
const markerPlace = variants("store", { s3: closed({ store: oneOf("s3") }), pvc: onVolume, both: onVolume });

/** What `leave` and `drain` do before this pod is removed. */
const planLeave = closed(PROVEN_COMMAND);

export const DROP_POLICIES = ["allow", "deny", "drained", "managed"] as const;

/** Formats a scale-down policy as profiles write it. */
export const formatPolicyName = (policy: DropPolicy): string =>
  `${policy.charAt(0).toUpperCase()}${policy.slice(1)}`;

const steps: Shape<readonly PlanStep[]> = checked(list(planStep), (all) =>
  new Set(all.map(({ name }) => name)).size === all.length
    ? null
    : { path: [], message: "two steps have one name" },
);

const fields = {
  schema: oneOf(1),
  identity: closed(IDENTITY_FIELDS),
  /** the version of the profile that the plan was built from; absent if the profile was read from a file */
  profileVersion: optional(closed(PROFILE_VERSION_FIELDS)),
  ordinal: integer(0),
  /** identifies a release: text from the profile's template */
  release: text(),
  /** a command whose last line of output identifies the release further; run once, before the first release step */
  releaseFrom: optional(argv),
  /** the pod's label controller-revision-hash: only pods of the newest revision run release steps */
  revision: nullable(nonEmptyText()),
  markers: markerPlace,
  /** where markers, locks and the record's copy are in S3; null: S3 is not used */
  s3: nullable(s3Place),
  lock: closed({
    store: oneOf("lease", "s3"),
    /** the lease duration: a lock that is not renewed for this long may be taken over */
    seconds: integer(1),
  }),
  /** the folder of the pod's token and ca.crt; null: the plan does not use the API server */
  api: nullable(closed({ folder: absolutePath() })),
  drop: oneOf(...DROP_POLICIES),
  leave: nullable(planLeave),
  /** the ring that this pod is a member of, if any */
  ring: optional(closed({ name: nonEmptyText() })),
  /** settings of the plan's kind, which the kind's own code reads */
  preset: optional(anything()),
  steps,
} as const;

const plan = checked(closed(fields), (written): ShapeFault | null => {
  const fault = (path: string, message: string): ShapeFault => ({ path: [path], message });
  const usesS3 = written.markers.store !== "pvc" || written.lock.store === "s3";
  if (usesS3 && written.s3 === null) return fault("s3", "markers or locks in S3 need its settings");
  if (needsRecord(written) && written.api === null)
    return fault(
      "api",
      "release steps, rings and the scale-down policies Drained and Managed need the API server",
    );
  return null;
});

/** Whether a pod must leave before it is removed. */
export const isLeft = (policy: string): boolean => policy === "drained" || policy === "managed";

/** Whether a plan reads and writes the record of its StatefulSet, and so needs the API server. */
export function needsRecord({
  steps,
  drop,
  ring,
}: {
  steps: readonly { readonly scope: string }[];
  drop: string;
  ring?: unknown;
}): boolean {
  return isLeft(drop) || ring !== undefined || steps.some(({ scope }) => scope === "release");
}

export type Plan = TypeOf<typeof plan>;
export type PlanStep = TypeOf<typeof planStep>;
export type PlanLeave = TypeOf<typeof planLeave>;
export type DropPolicy = (typeof DROP_POLICIES)[number];
/** The pod that a marker belongs to. A volume with the marker of another identity needs a person's decision. */
export type Identity = Plan["identity"];

/** mine: the plan's pod; found: the actual pod, as NAMESPACE/NAME */
export interface PlanOfAnotherPod {
  name: "plan-of-another-pod";
  mine: Identity;
  found: string;
}

/**
 * Reads a plan from the text of ROLLCALL_PLAN.
 * @returns the plan, or one line that names the fault and its place
 */
export function readPlan(text: string | undefined): { plan: Plan } | { wrong: string } {
  if (text === undefined) return { wrong: "there is no plan: the env variable ROLLCALL_PLAN is not set" };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { wrong: `ROLLCALL_PLAN is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const read = readShape(plan, json);
  return "value" in read
    ? { plan: read.value }
    : { wrong: `ROLLCALL_PLAN: ${formatShapeFault(read.fault, "(whole)")}` };
}

/**
 * Reads this pod's plan from its environment, and compares it with the pod's metadata from the kubelet. `kubectl debug
 * --copy-to` copies a pod with its init containers and plan but without its labels, so the webhook is not called: the
 * copy would run the steps of the original, and leave in its place.
 * @returns foreign: null if the plan is this pod's, or if the webhook that created the pod did not add this metadata yet
 */
export function readOwnPlan(
  env: Readonly<Record<string, string | undefined>>,
): { plan: Plan; foreign: PlanOfAnotherPod | null } | { wrong: string } {
  const read = readPlan(env[PLAN_ENV]);
  if ("wrong" in read) return read;
  const { plan } = read;
  const { identity: mine } = plan;
  const namespace = env[POD_ENV.namespace] ?? mine.namespace;
  const pod = env[POD_ENV.name] ?? mine.pod;
  const isOwn = namespace === mine.namespace && pod === mine.pod;
  return {
    plan,
    foreign: isOwn ? null : { name: "plan-of-another-pod", mine, found: `${namespace}/${pod}` },
  };
}
