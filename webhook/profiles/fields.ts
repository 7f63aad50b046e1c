// Schemas of the scalar fields of a RollcallProfile: names, commands, templates, durations. The custom resource definition
// is generated from them, so patterns must also be valid in Go: no look-ahead.
import * as z from "zod";
import { LONGEST_TIMEOUT_S } from "../../init/contract/plan.ts";
import { MAX_QUANTITY_LENGTH, parseQuantity } from "./quantity.ts";
import { parseTemplate } from "./template.ts";

export const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "lower case letters, digits and '-', at most 63 characters");

/** A DNS subdomain, which most object names must be. */
export const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "lower case letters, digits, '-' and '.'");

// Kubernetes 1.30 and later accept any printable ASCII character but '='
export const envName = z.string().regex(/^[\x20-\x3c\x3e-\x7e]+$/, "printable ASCII characters without '='");

/** A longer command line would not fit into a plan. */
const MAX_ARGS = 1000;

export const argv = z
  .array(z.string())
  .min(1)
  .max(MAX_ARGS)
  .describe("A command as a list of arguments, run without a shell");

export const template = z.string().superRefine((text, context) => {
  const parsed = parseTemplate(text);
  if ("fault" in parsed) context.addIssue({ code: "custom", message: parsed.fault });
});

const DURATION = /^([1-9][0-9]*)(s|m|h)$/;
const A_DURATION = "a duration such as 30s, 10m or 1h";
const UNIT_SECONDS = { s: 1, m: 60, h: 3600 } as const;
export const duration = z
  .string(A_DURATION)
  .regex(DURATION, A_DURATION)
  .refine((text) => !(parseSeconds(text) > LONGEST_TIMEOUT_S), "a duration of at most 596h")
  .describe("A duration such as 30s, 10m or 1h");

export function parseSeconds(text: string): number {
  const [, number, unit] = DURATION.exec(text) ?? [];
  return Number(number) * UNIT_SECONDS[(unit ?? "s") as keyof typeof UNIT_SECONDS];
}

/** A Kubernetes quantity, e.g. 250m or 128Mi. */
export const quantityText = z
  .string("a Kubernetes quantity such as 250m or 128Mi")
  .max(MAX_QUANTITY_LENGTH)
  .regex(
    /^([0-9]+\.?[0-9]*|\.[0-9]+)([numkMGTPE]|[KMGTPE]i)?$/,
    "a Kubernetes quantity such as 250m or 128Mi",
  );

/** Kubernetes quantities by resource name, e.g. cpu: 250m, memory: 128Mi, cpu: 1. */
const amounts = z.record(
  z.string(),
  z.union([z.int().min(0).max(Number.MAX_SAFE_INTEGER), quantityText]).transform(String),
);

export const resources = z
  .strictObject({
    requests: amounts.optional().describe("As in a container"),
    limits: amounts.optional().describe("As in a container"),
  })
  .superRefine(({ requests = {}, limits = {} }, context) => {
    for (const [name, request] of Object.entries(requests)) {
      const limit = limits[name];
      if (limit === undefined || (parseQuantity(request) ?? 0n) <= (parseQuantity(limit) ?? 0n)) continue;
      const message = `requests.${name} (${request}) is above limits.${name} (${limit})`;
      context.addIssue({ code: "custom", path: ["requests", name], message });
    }
  });

/** Far more containers than a real pod has. */
export const MAX_CONTAINERS = 100;

/** A list of unique values, which the API server enforces and merges by value on server-side apply. */
export const SET = { "x-kubernetes-list-type": "set" } as const;

/** A list of objects with unique names. */
export const NAMED = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] } as const;
