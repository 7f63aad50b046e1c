// The small values of a RollcallProfile: names, commands, templates, durations. Patterns must be understood by Go, too, since
// the custom resource definition is generated from these schemas: no look-ahead.
import * as z from "zod";
import { LONGEST_TIMEOUT_S } from "../../init/contract/plan.ts";
import { LONGEST_QUANTITY, parseQuantity } from "./quantity.ts";
import { parseTemplate } from "./template.ts";

export const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "lower case letters, digits and '-', at most 63 characters");

/** Names of most objects: labels with dots between them. */
export const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "lower case letters, digits, '-' and '.'");

// what the API server accepts since 1.30: any printable ASCII but '='
export const envName = z.string().regex(/^[\x20-\x3c\x3e-\x7e]+$/, "printable ASCII characters without '='");

/** More words than a command line has that fits into a plan. */
const MOST_WORDS = 1000;

export const argv = z
  .array(z.string())
  .min(1)
  .max(MOST_WORDS)
  .describe("A command as a list of words; no shell is involved");

export const template = z.string().superRefine((text, context) => {
  const parsed = parseTemplate(text);
  if ("wrong" in parsed) context.addIssue({ code: "custom", message: parsed.wrong });
});

const DURATION = /^([1-9][0-9]*)(s|m|h)$/;
const A_DURATION = "a duration such as 30s, 10m or 1h";
const UNIT_SECONDS = { s: 1, m: 60, h: 3600 } as const;
/** "30s", "10m", "1h" in seconds. */
export const duration = z
  .string(A_DURATION)
  .regex(DURATION, A_DURATION)
  .refine((text) => !(parseSeconds(text) > LONGEST_TIMEOUT_S), "a duration of at most 596h")
  .describe("A duration such as 30s, 10m or 1h");

export function parseSeconds(text: string): number {
  const [, number, unit] = DURATION.exec(text) ?? [];
  return Number(number) * UNIT_SECONDS[(unit ?? "s") as keyof typeof UNIT_SECONDS];
}

const quantityText = z
  .string("a Kubernetes quantity such as 250m or 128Mi")
  .max(LONGEST_QUANTITY)
  .regex(
    /^([0-9]+\.?[0-9]*|\.[0-9]+)([numkMGTPE]|[KMGTPE]i)?$/,
    "a Kubernetes quantity such as 250m or 128Mi",
  );

/** Amounts as Kubernetes writes them, e.g. cpu: 250m, memory: 128Mi, cpu: 1. */
const amounts = z.record(
  z.string(),
  z.union([z.int().min(0).max(Number.MAX_SAFE_INTEGER), quantityText]).transform(String),
);

export const resources = z
  .strictObject({
    requests: amounts.optional().describe("As in a pod"),
    limits: amounts.optional().describe("As in a pod"),
  })
  .superRefine(({ requests = {}, limits = {} }, context) => {
    for (const [name, request] of Object.entries(requests)) {
      const limit = limits[name];
      if (limit === undefined || (parseQuantity(request) ?? 0n) <= (parseQuantity(limit) ?? 0n)) continue;
      const message = `requests.${name} is ${request}, above limits.${name}, which is ${limit}`;
      context.addIssue({ code: "custom", path: ["requests", name], message });
    }
  });

/** More containers than a pod has that anybody runs. */
export const MOST_CONTAINERS = 100;

/** A list whose items are names: the API server refuses a second one, and merges by name on server-side apply. */
export const SET = { "x-kubernetes-list-type": "set" } as const;

/** A list of objects with names that differ. */
export const NAMED = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] } as const;
