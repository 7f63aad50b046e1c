// The plan: what the runner is to do in one pod. The webhook writes it as JSON into the env variable
// ROLLCALL_PLAN; it holds no secret (DESIGN: running steps).
import { z } from "zod";
import { digestOf } from "./digest.ts";

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
  scope: z.literal("pod"),
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

export const plan = z.strictObject({
  schema: z.literal(1),
  identity,
  ordinal: z.number().int().nonnegative(),
  /** what makes a release: text from the profile's template */
  release: z.string(),
  markers: z.strictObject({
    store: z.literal("pvc"),
    /** where the marker volume's root is mounted */
    root: z.string().startsWith("/"),
    /** folder below the root */
    path: z.string().min(1),
  }),
  steps: z
    .array(planStep)
    .min(1)
    .refine(
      (steps) => new Set(steps.map(({ name }) => name)).size === steps.length,
      "two steps have one name",
    )
    .readonly(),
});

export type Plan = z.infer<typeof plan>;
export type PlanStep = z.infer<typeof planStep>;
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
