// Structured logs, one JSON object a line. A review is told by who, what and the decision; never its object,
// which may carry secrets.
import { type DestinationStream, destination, type Logger, pino } from "pino";
import type { Served } from "../admission/route.ts";

export type { Logger } from "pino";

/** @param to standard output, unless a test wants to read it */
export function openLog(level: string, to: DestinationStream = destination(1)): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, to);
}

/** Whoever reaches the port names users and objects as he likes, and each name is a part of a line. */
const LONGEST_NAME = 256;

const short = (name: string | undefined): string | undefined =>
  name !== undefined && name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}...` : name;

/** One line for each review, and for each request that was none. */
export function logServed(log: Logger, served: Served): void {
  const { path, request, answer, status, wrong, fault, milliseconds } = served;
  const took = { ms: Math.round(milliseconds * 10) / 10 };
  if (request === null || answer === null) {
    log.warn({ path, status, ...took }, short(wrong ?? undefined) ?? "not a review");
    return;
  }
  const { uid, operation, namespace, resource, subResource, dryRun } = request;
  if (fault !== null) log.error({ path, uid: short(uid), fault }, "a fault of rollcall's own");
  log.info(
    {
      path,
      uid: short(uid),
      operation,
      resource: short(subResource ? `${resource.resource}/${subResource}` : resource.resource),
      namespace: short(namespace),
      name: short(nameOf(request)),
      user: short(request.userInfo.username),
      ...(dryRun ? { dryRun } : {}),
      allowed: answer.allowed,
      patched: answer.patch !== undefined,
      ...(answer.auditAnnotations ?? {}),
      ...took,
    },
    answer.status?.message ?? answer.warnings?.[0] ?? "allowed",
  );
}

function nameOf({ name, object }: { name?: string | undefined; object?: unknown }): string | undefined {
  if (name) return name;
  const metadata: unknown =
    typeof object === "object" && object !== null && "metadata" in object ? object.metadata : null;
  const own: unknown =
    typeof metadata === "object" && metadata !== null && "name" in metadata ? metadata.name : undefined;
  return typeof own === "string" ? own : undefined;
}
