import type { IncomingMessage } from "node:http";

/** What one member says differently from the ring; group: that of another service. */
export interface Line {
  id?: string;
  role?: "LEADER" | "FOLLOWER" | "CANDIDATE" | "LISTENER";
  leader?: string | null;
  term?: number;
  members?: readonly string[];
  group?: string;
}

/** Misbehaviour instead of an answer. */
export type Misbehaviour =
  | "silent"
  | "slow"
  | "cut"
  | "reset"
  | "not-http"
  | "garbage"
  | "html"
  | "empty"
  | "nan"
  | "duplicate-keys"
  | "redirect"
  | "unauthorized"
  | "error"
  | "huge"
  | "endless";

/** A ring, and by ID what single members say or do differently. */
export interface State {
  serviceId: string;
  leader: string | null;
  term: number;
  members: readonly string[];
  says?: Readonly<Record<string, Line | Misbehaviour>>;
}

export interface Running {
  port: number;
  /** also closes its connections */
  close(): Promise<void>;
}

export function groupOf(serviceId: string): string;
export function ratisBean(state: State, memberId: string): Record<string, unknown>;
export function startMember(given: {
  id: string;
  state: () => State;
  host: string;
  /** 0: any free port @default 0 */
  port?: number;
  /** PEM; null: HTTP @default null */
  certificate?: { cert: string; key: string } | null;
  onRequest?: (request: IncomingMessage) => void;
}): Promise<Running>;
