// What can go wrong at one call to the world.

export type CallKind = "read" | "write" | "folder" | "get" | "put" | "api-read" | "api-write" | "child";

/**
 * before, after: the container is killed just before or just after the call does its work; torn: in the middle of it;
 * power-before, power-after: the same as a power cut, so that unsynced writes may be lost; error: the call fails and
 * has done nothing; lost: it has done its work, but the answer never comes; busy: not now; hang: the answer takes as long
 * as the limit of a call and is then lost; conflict: somebody else's version stands there; stop: SIGTERM comes meanwhile
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
  /** which call of the start, from 0 */
  index: number;
  how: How;
}

/** "17:after" and back. */
export const formatFault = ({ index, how }: Fault): string => `${index}:${how}`;

export function readFault(text: string): Fault {
  const [index, how] = text.split(":");
  return { index: Number(index), how: how as How };
}
