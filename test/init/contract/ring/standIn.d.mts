import type { IncomingMessage } from "node:http";

/** What a member says of itself where it differs from what the ring says; group: of another service. */
export interface Line {
  id?: string;
  role?: "LEADER" | "FOLLOWER" | "CANDIDATE" | "LISTENER";
  leader?: string | null;
  term?: number;
  members?: readonly string[];
  group?: string;
}

/** What a member does instead of answering. */
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

/** A ring, and by id what single members say or do otherwise. */
export interface State {
  serviceId: string;
  leader: string | null;
  term: number;
  members: readonly string[];
  says?: Readonly<Record<string, Line | Misbehaviour>>;
}

export interface Running {
  port: number;
  /** ends its connections, too */
  close(): Promise<void>;
}

export function groupOf(serviceId: string): string;
export function ratisBean(state: State, memberId: string): Record<string, unknown>;
export function startMember(given: {
  id: string;
  state: () => State;
  host: string;
  /** 0: one that is free @default 0 */
  port?: number;
  onRequest?: (request: IncomingMessage) => void;
}): Promise<Running>;
