// Structured logs, one JSON object per line. A review is logged with user, operation and decision, but without its object,
// which may contain secrets.
import { type DestinationStream, type Logger, pino } from "pino";
import { writeFully } from "../../init/contract/writeFully.ts";
import type { ServedRequest } from "../admission/route.ts";

export type { Logger } from "pino";

/** Size of the buffer in characters; one write of this size costs less than a tenth of a review. */
const MAX_BUFFERED = 4096;

/** How long lines are buffered; they are lost if the process is killed. */
const MAX_DELAY_MS = 50;

export interface LogOutput {
  /** writes each line at once, after buffered ones */
  readonly prompt: DestinationStream;
  /** buffers lines, for logs of each request */
  readonly buffered: DestinationStream;
}

/** If the reader blocks for longer, lines are lost: a webhook that waits for its log cannot answer. */
const MAX_BLOCKED_MS = 500;

/**
 * Opens a log file with two destinations that keep the order of lines. The buffer is also written when the process exits.
 * If the file cannot be written, lines are dropped. (pino's own destination retries every error forever and blocks the event
 * loop: sonic-boom 4.2, `flushSync`.)
 * @param file descriptor @default standard output
 */
export function openOutput(file = 1): LogOutput {
  let buffer = "";
  let timer: NodeJS.Timeout | null = null;
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const text = buffer;
    buffer = "";
    writeFully(file, Buffer.from(text), MAX_BLOCKED_MS);
  };
  const append = (line: string): void => {
    buffer += line;
    if (buffer.length >= MAX_BUFFERED) flush();
  };
  process.once("exit", flush);
  return {
    prompt: {
      write: (line) => {
        append(line);
        flush();
      },
    },
    buffered: {
      write: (line) => {
        append(line);
        timer ??= setTimeout(flush, MAX_DELAY_MS).unref();
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

/** Names come from the caller, so their length in a log line is limited. */
const MAX_NAME = 256;

const truncateName = (name: string | undefined): string | undefined =>
  name !== undefined && name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}...` : name;

/** Logs one line for each request. */
export function logServed(log: Logger, served: ServedRequest): void {
  const { path, request, answer, status, wrong, fault, milliseconds } = served;
  const took = { ms: Math.round(milliseconds * 10) / 10 };
  if (request === null || answer === null) {
    log.warn({ path, status, ...took }, truncateName(wrong ?? undefined) ?? "not a review");
    return;
  }
  const { uid, operation, namespace, resource, subResource, dryRun } = request;
  if (fault !== null) log.error({ path, uid: truncateName(uid), fault }, "internal error");
  log.info(
    {
      path,
      uid: truncateName(uid),
      operation,
      resource: truncateName(subResource ? `${resource.resource}/${subResource}` : resource.resource),
      namespace: truncateName(namespace),
      name: truncateName(readObjectName(request)),
      user: truncateName(request.userInfo.username),
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
