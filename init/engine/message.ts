// The termination message, which `kubectl describe pod` shows for an init container. The verdict takes at most 300
// bytes and the message 1 KiB, because twelve containers share 12 KiB (docs/research/runner.md#termination-messages).
import { describe, type Failure, listRemedies } from "./failure.ts";

export const VERDICT_BYTES = 300;
export const MESSAGE_BYTES = 1024;

export interface StepReport {
  name: string;
  did: "ran" | "skipped" | "failed" | "waiting";
  seconds: number;
}

export interface PodReport {
  pod: string;
  nodeId: string;
  steps: readonly StepReport[];
  /** the last lines of the failed step's output */
  lastLines: readonly string[];
}

/** @param failure null if all steps are done */
export function formatTerminationMessage(failure: Failure | null, report: PodReport | null): string {
  const verdict = failure === null ? describeSuccess(report) : describe(failure);
  const lines = [cutBytes(verdict, VERDICT_BYTES)];
  if (report !== null && failure !== null)
    lines.push(`pod ${report.pod}, NodeID ${report.nodeId}; ${formatSteps(report.steps)}`);
  if (failure !== null) lines.push(...listRemedies(failure));
  const room = MESSAGE_BYTES - Buffer.byteLength(`${lines.join("\n")}\nlast output:\n`);
  const tail = failure === null || report === null ? "" : keepLastBytes(report.lastLines.join("\n"), room);
  if (tail !== "") lines.push("last output:", tail);
  return cutBytes(lines.join("\n"), MESSAGE_BYTES);
}

function describeSuccess(report: PodReport | null): string {
  return report === null
    ? "done"
    : `done: pod ${report.pod}, NodeID ${report.nodeId}; ${formatSteps(report.steps)}`;
}

function formatSteps(steps: readonly StepReport[]): string {
  return steps
    .map(
      ({ name, did, seconds }) =>
        `${name} ${STEP_WORDS[did]}${did === "ran" ? ` ${seconds.toFixed(1)} s` : ""}`,
    )
    .join(", ");
}

const STEP_WORDS = {
  ran: "done in",
  skipped: "already done",
  failed: "FAILED",
  waiting: "not reached",
} as const;

/** Truncates a text to `limit` bytes of UTF-8 without splitting a character. */
export function cutBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  return `${new TextDecoder().decode(bytes.subarray(0, limit - 3), { stream: true })}...`;
}

function keepLastBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let start = bytes.length - Math.max(0, limit);
  // 10xxxxxx is a continuation byte: start at the next character
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start).toString();
}
