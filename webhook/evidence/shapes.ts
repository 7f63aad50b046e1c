// The parts of a Service, a Namespace and PodDisruptionBudgets that answers rest on.
import * as z from "zod";
import type { Budget } from "../inject/ozone/budget.ts";

const service = z.looseObject({
  kind: z.literal("Service"),
  spec: z.looseObject({ publishNotReadyAddresses: z.boolean().nullish() }).nullish(),
});

const namespace = z.looseObject({
  kind: z.literal("Namespace"),
  metadata: z.looseObject({ deletionTimestamp: z.string().nullish() }),
  status: z.looseObject({ phase: z.string().nullish() }).nullish(),
});

const budget = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z
    .looseObject({
      selector: z
        .looseObject({
          matchLabels: z.record(z.string(), z.string()).nullish(),
          matchExpressions: z.array(z.unknown()).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});

/** @param items of a list. @throws where one of them is something else */
export function readBudgets(items: readonly unknown[]): Budget[] {
  return items.map((item) => {
    const read = budget.safeParse(item);
    if (!read.success) throw new Error("the API server's answer is not a list of PodDisruptionBudgets");
    const { metadata, spec } = read.data;
    const { matchLabels, matchExpressions } = spec?.selector ?? {};
    const isPlain = (matchExpressions ?? []).length === 0;
    return { name: metadata.name, matchLabels: isPlain ? (matchLabels ?? {}) : null };
  });
}

/** @param object null: there is none. @throws where it is something else */
export function readService(object: unknown): { publishesNotReady: boolean } | null {
  if (object === null) return null;
  const read = service.safeParse(object);
  if (!read.success) throw new Error("the API server's answer is not a Service");
  return { publishesNotReady: read.data.spec?.publishNotReadyAddresses === true };
}

/** @param object null: there is none. @throws where nothing can be told from it */
export function readNamespace(object: unknown): { terminating: boolean } {
  if (object === null) throw new Error("there is no such namespace");
  const read = namespace.safeParse(object);
  if (!read.success) throw new Error("the API server's answer is not a Namespace");
  const { metadata, status } = read.data;
  return { terminating: Boolean(metadata.deletionTimestamp) || status?.phase === "Terminating" };
}
