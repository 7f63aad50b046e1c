// The faults of a call to the world.

export type CallKind = "read" | "write" | "folder" | "get" | "put" | "api-read" | "api-write" | "child";

/**
 * before, after: the container is killed just before or just after the call takes effect; torn: in the middle of it;
 * power-before, power-after: the same with a power cut, so that unsynced writes may be lost; error: the call fails
 * without an effect; lost: it takes effect, but the answer never arrives; busy: a temporary refusal; hang: the answer
 * takes as long as the call's timeout and is then lost; conflict: another client has written in the meantime; stop:
 * SIGTERM arrives in the meantime
 */
export type How = "before" | "after" | "torn" | "error" | "lost" | "busy" | "conflict" | "hang" | "stop";

export const CRASHES: ReadonlySet<How> = new Set(["before", "after", "torn"]);

export const HOWS: Readonly<Record<CallKind, readonly How[]>> = {
  read: ["before", "after", "error", "hang", "stop"],
  write: ["before", "after", "torn", "error", "hang", "stop"],
  folder: ["before", "after", "error", "hang", "stop"],
  get: ["before", "after", "error", "busy", "hang", "stop"],
  put: ["before", "after", "error", "lost", "busy", "hang", "stop"],
  "api-read": ["before", "after", "error", "busy", "hang", "stop"],
  "api-write": ["before", "after", "error", "lost", "busy", "conflict", "hang", "stop"],
  child: ["before", "after", "error", "hang", "stop"],
};

export interface Fault {
  /** index of the call in this start, from 0 */
  index: number;
  how: How;
}

/** "17:after", formatted and parsed. */
export const formatFault = ({ index, how }: Fault): string => `${index}:${how}`;

export function readFault(text: string): Fault {
  const [index, how] = text.split(":");
  return { index: Number(index), how: how as How };
}
