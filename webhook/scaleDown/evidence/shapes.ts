// The fields of a Service, a Namespace and a PodDisruptionBudget that decisions depend on.
import { META } from "../../../init/contract/apiObjects.ts";
import {
  anything,
  flag,
  list,
  mapOf,
  nullish,
  object,
  oneOf,
  readShape,
  text,
} from "../../../init/contract/shape.ts";
import type { DisruptionBudget } from "../../validation/disruptionBudget.ts";

const service = object({
  kind: oneOf("Service"),
  spec: nullish(object({ publishNotReadyAddresses: nullish(flag()) })),
});

const namespace = object({
  kind: oneOf("Namespace"),
  metadata: object({ deletionTimestamp: nullish(META.deletionTimestamp) }),
  status: nullish(object({ phase: nullish(text()) })),
});

const budget = object({
  metadata: object({ name: META.name }),
  spec: nullish(
    object({
      selector: nullish(
        object({
          matchLabels: nullish(mapOf(text())),
          matchExpressions: nullish(list(anything())),
        }),
      ),
    }),
  ),
});

/** @param item of a list. @throws if it is something else */
export function readBudget(item: unknown): DisruptionBudget {
  const read = readShape(budget, item);
  if ("fault" in read) throw new Error("the API server's answer is not a list of PodDisruptionBudgets");
  const { metadata, spec } = read.value;
  const { matchLabels, matchExpressions } = spec?.selector ?? {};
  const isPlain = (matchExpressions ?? []).length === 0;
  return { name: metadata.name, matchLabels: isPlain ? (matchLabels ?? {}) : null };
}

/** @param answer null: there is none. @throws if it is something else */
export function readService(answer: unknown): { publishesNotReady: boolean } | null {
  if (answer === null) return null;
  const read = readShape(service, answer);
  if ("fault" in read) throw new Error("the API server's answer is not a Service");
  return { publishesNotReady: read.value.spec?.publishNotReadyAddresses === true };
}

/** @param answer null: there is none. @throws if it is something else, or null */
export function readNamespace(answer: unknown): { terminating: boolean } {
  if (answer === null) throw new Error("the namespace does not exist");
  const read = readShape(namespace, answer);
  if ("fault" in read) throw new Error("the API server's answer is not a Namespace");
  const { metadata, status } = read.value;
  return { terminating: Boolean(metadata.deletionTimestamp) || status?.phase === "Terminating" };
}
