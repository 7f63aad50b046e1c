// The plan: what the runner is to do in one pod. The webhook writes it as JSON into the env variable
// ROLLCALL_PLAN; it holds no secret (DESIGN: running steps).
import * as z from "zod";
import { digestOf } from "./digest.ts";
import { planOzone } from "./ozone.ts";
import { s3Place } from "./s3.ts";

const argv = z.array(z.string()).min(1).readonly();

/** A name that can stand in a log line, a marker and a file name. */
export const stepName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "lower case letters, digits and '-', at most 63, as in a DNS label",
  );

/** Timers count milliseconds in 31 bits: a longer one would end at once. */
export const LONGEST_TIMEOUT_S = Math.floor((2 ** 31 - 1) / 1000);

export const planStep = z.strictObject({
  name: stepName,
  /** pod: once for each pod and its marker; release: once for each release of the StatefulSet, by one of its pods */
  scope: z.enum(["pod", "release"]),
  run: argv,
  /** proves the step: holds on exit 0 (exit codes of `run` lie, facts/otobo.md) */
  verify: argv,
  /** a cheaper verify for a step that is marked already */
  still: argv.optional(),
  /** limit for each command of the step, in seconds */
  timeoutSeconds: z.number().positive().max(LONGEST_TIMEOUT_S),
  /** how often a step that failed is tried again before the runner gives up */
  retries: z.number().int().min(0),
});

export const identity = z.strictObject({
  namespace: z.string().min(1),
  workload: z.string().min(1),
  pod: z.string().min(1),
  nodeId: z.string().regex(/^(0|[1-9][0-9]*)$/, "a number in canonical decimal"),
  kind: z.string().min(1),
  profile: z.string().min(1),
});

/** Where markers live. */
export const markerPlace = z.discriminatedUnion("store", [
  z.strictObject({ store: z.literal("s3") }),
  z.strictObject({
    /** both: the volume and S3 must agree, or the steps are verified again */
    store: z.enum(["pvc", "both"]),
    /** where the marker volume's root is mounted */
    root: z.string().startsWith("/"),
    /** folder below the root */
    path: z.string().min(1),
  }),
]);

/** What `leave` and `drain` do before this pod may go. */
export const planLeave = z.strictObject({
  run: argv,
  verify: argv,
  /** limit for each of the two commands, in seconds */
  timeoutSeconds: z.number().positive().max(LONGEST_TIMEOUT_S),
});

export const DROP_POLICIES = ["allow", "deny", "drained", "managed"] as const;

export const plan = z
  .strictObject({
    schema: z.literal(1),
    identity,
    ordinal: z.number().int().nonnegative(),
    /** what makes a release: text from the profile's template */
    release: z.string(),
    /** prints, as its last line, what makes a release beside that: asked once, before the first release step */
    releaseFrom: argv.optional(),
    /** the pod's label controller-revision-hash: only pods of the newest revision run release steps */
    revision: z.string().min(1).nullable(),
    markers: markerPlace,
    /** where markers, locks and the record's mirror lie in S3; null: nowhere */
    s3: s3Place.nullable(),
    lock: z.strictObject({
      store: z.enum(["lease", "s3"]),
      /** a lock that was not renewed for so long belongs to whoever takes it */
      seconds: z.number().int().positive(),
    }),
    /** where the pod's token, ca.crt lie; null: this plan asks the API server for nothing */
    api: z.strictObject({ folder: z.string().startsWith("/") }).nullable(),
    drop: z.enum(DROP_POLICIES),
    leave: planLeave.nullable(),
    /** the ring that this pod is a member of; only of the kind ozone-om, and always there */
    ozone: planOzone.optional(),
    steps: z
      .array(planStep)
      .refine(
        (steps) => new Set(steps.map(({ name }) => name)).size === steps.length,
        "two steps have one name",
      )
      .readonly(),
  })
  .superRefine((written, context) => {
    const fault = (path: string, message: string): void => {
      context.addIssue({ code: "custom", path: [path], message });
    };
    const usesS3 = written.markers.store !== "pvc" || written.lock.store === "s3";
    if (usesS3 && written.s3 === null) fault("s3", "markers or locks in S3 need its settings");
    if (needsRecord(written) && written.api === null) {
      fault("api", "release steps, rings and the drop policies drained and managed need the API server");
    }
    const { ozone, identity: mine } = written;
    if ((ozone === undefined) === (mine.kind === "ozone-om")) {
      fault("ozone", "plans of the kind ozone-om have a ring, and no others");
    }
    if (ozone !== undefined && !ozone.members.some(({ id }) => id === mine.pod)) {
      fault("ozone", `the ring's members do not name this pod, ${mine.pod}`);
    }
  });

/** Whether a plan reads and writes the record of its StatefulSet, and so needs the API server. */
export function needsRecord({
  steps,
  drop,
  ozone,
}: {
  steps: readonly { readonly scope: string }[];
  drop: string;
  ozone?: unknown;
}): boolean {
  const isLeft = drop === "drained" || drop === "managed";
  return isLeft || ozone !== undefined || steps.some(({ scope }) => scope === "release");
}

export type Plan = z.infer<typeof plan>;
export type PlanStep = z.infer<typeof planStep>;
export type PlanLeave = z.infer<typeof planLeave>;
export type DropPolicy = (typeof DROP_POLICIES)[number];
/** Who a marker is about. Any other identity on the same volume is for a human to look at. */
export type Identity = z.infer<typeof identity>;

/**
 * What a step's validity rests on: another digest runs the step again. Timeout, retries and `still` are left
 * out, since none of them changes what the step does or what proves it.
 */
export function stepDigest({ name, scope, run, verify }: PlanStep): string {
  return digestOf({ name, scope, run, verify });
}

/**
 * What the record calls this release: the template's text, and what the release steps are, since another set of
 * steps is another release of the same image.
 */
export function releaseId(of: Pick<Plan, "release" | "steps">): string {
  const known = releaseIds.get(of);
  if (known !== undefined) return known;
  const digests = of.steps.filter(({ scope }) => scope === "release").map(stepDigest);
  const id = `${of.release}#${digestOf(digests).slice(0, 12)}`;
  releaseIds.set(of, id);
  return id;
}

/** It is asked for at every look at the record, of a plan that does not change. */
const releaseIds = new WeakMap<object, string>();

/**
 * Reads a plan from the text of ROLLCALL_PLAN.
 * @returns the plan, or one line that says what is wrong and where
 */
export function readPlan(text: string | undefined): { plan: Plan } | { wrong: string } {
  if (text === undefined) return { wrong: "there is no plan: the env variable ROLLCALL_PLAN is not set" };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { wrong: `ROLLCALL_PLAN is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const read = plan.safeParse(json);
  if (read.success) return { plan: read.data };
  const [first] = read.error.issues;
  return { wrong: `ROLLCALL_PLAN: ${first?.path.join(".") || "(whole)"}: ${first?.message ?? "not a plan"}` };
}
