// Structured logs, one JSON object a line. A review is told by who, what and the decision; never its object,
// which may carry secrets.
import { type DestinationStream, type Logger, pino } from "pino";
import { writeFully } from "../../init/contract/writeFully.ts";
import type { ServedRequest } from "../admission/route.ts";

export type { Logger } from "pino";

/** Bytes of lines that wait; one write of as many costs a review less than a tenth of its own. */
const MOST_WAITING = 4096;

/** Milliseconds that a line waits at most: where the kernel ends the process, these are lost. */
const LONGEST_WAIT_MS = 50;

export interface LogOutput {
  /** writes each line at once, with those that wait before it */
  readonly prompt: DestinationStream;
  /** for one line for each request: writes some of them at a time */
  readonly patient: DestinationStream;
}

/** A reader that takes nothing for this long loses lines: a webhook that waits for its log answers nobody. */
const MAX_BLOCKED_MS = 500;

/**
 * Two ways to one file, in order. What waits is written at the end of the process, too, so that a drain or an error
 * loses none of it. Lines are dropped where the file cannot be written: nowhere is left to report that. (pino's own
 * destination retries every error for ever, with the event loop held: sonic-boom 4.2, `flushSync`.)
 * @param file descriptor @default standard output
 */
export function openOutput(file = 1): LogOutput {
  let waiting = "";
  let timer: NodeJS.Timeout | null = null;
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const text = waiting;
    waiting = "";
    writeFully(file, Buffer.from(text), MAX_BLOCKED_MS);
  };
  const append = (line: string): void => {
    waiting += line;
    if (waiting.length >= MOST_WAITING) flush();
  };
  process.once("exit", flush);
  return {
    prompt: {
      write: (line) => {
        append(line);
        flush();
      },
    },
    patient: {
      write: (line) => {
        append(line);
        timer ??= setTimeout(flush, LONGEST_WAIT_MS).unref();
      },
    },
  };
}

export function openLog(level: string, to: DestinationStream): Logger {
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
export function logServed(log: Logger, served: ServedRequest): void {
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
      name: short(readObjectName(request)),
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

function readObjectName({
  name,
  object,
}: {
  name?: string | undefined;
  object?: unknown;
}): string | undefined {
  if (name) return name;
  const metadata: unknown =
    typeof object === "object" && object !== null && "metadata" in object ? object.metadata : null;
  const own: unknown =
    typeof metadata === "object" && metadata !== null && "name" in metadata ? metadata.name : undefined;
  return typeof own === "string" ? own : undefined;
}
