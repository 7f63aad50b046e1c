// The parts of a Service and of a Namespace that rules rest on.
import { z } from "zod";

const service = z.looseObject({
  kind: z.literal("Service"),
  spec: z.looseObject({ publishNotReadyAddresses: z.boolean().nullish() }).nullish(),
});

const namespace = z.looseObject({
  kind: z.literal("Namespace"),
  metadata: z.looseObject({ deletionTimestamp: z.string().nullish() }),
  status: z.looseObject({ phase: z.string().nullish() }).nullish(),
});

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
