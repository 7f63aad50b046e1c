// The termination message: what `kubectl describe pod` shows of an init container. The verdict is in the first
// 300 bytes and the story within 1 KiB, since twelve containers share 12 KiB
// (docs/research/runner.md#termination-messages).
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
  /** the last lines that the failed step printed */
  lastLines: readonly string[];
}

/** @param failure null when all is done */
export function formatTerminationMessage(failure: Failure | null, story: PodReport | null): string {
  const verdict = failure === null ? success(story) : describe(failure);
  const lines = [cutBytes(verdict, VERDICT_BYTES)];
  if (story !== null && failure !== null)
    lines.push(`pod ${story.pod}, NodeID ${story.nodeId}; ${stepsLine(story.steps)}`);
  if (failure !== null) lines.push(...listRemedies(failure));
  const room = MESSAGE_BYTES - Buffer.byteLength(`${lines.join("\n")}\nlast output:\n`);
  const tail = failure === null || story === null ? "" : lastBytes(story.lastLines.join("\n"), room);
  if (tail !== "") lines.push("last output:", tail);
  return cutBytes(lines.join("\n"), MESSAGE_BYTES);
}

function success(story: PodReport | null): string {
  return story === null
    ? "done"
    : `done: pod ${story.pod}, NodeID ${story.nodeId}; ${stepsLine(story.steps)}`;
}

function stepsLine(steps: readonly StepReport[]): string {
  return steps
    .map(({ name, did, seconds }) => `${name} ${SAYS[did]}${did === "ran" ? ` ${seconds.toFixed(1)} s` : ""}`)
    .join(", ");
}

const SAYS = {
  ran: "done in",
  skipped: "was done before",
  failed: "FAILED",
  waiting: "not reached",
} as const;

/** At most `limit` bytes of UTF-8 from the front, never half a character. */
export function cutBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  return `${new TextDecoder().decode(bytes.subarray(0, limit - 3), { stream: true })}...`;
}

function lastBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let start = bytes.length - Math.max(0, limit);
  // 10xxxxxx is the inside of a character: begin at the next whole one
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start).toString();
}
