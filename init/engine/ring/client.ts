// What a kind of ring supplies to the core, so that its members can be taken out and leadership be handed over: how its
// members are asked, and the two commands that change the ring. The order of things, the membership lock, the record and
// the proof are the core's, and the same for every ring.
import type { Plan } from "../../contract/plan.ts";
import type { RingWorld } from "../ringPorts.ts";
import type { RingView } from "./view.ts";

export interface RingClient {
  /** the kind's own command in the runner, which has `evict` and `rejoin` */
  readonly command: string;
  /** what the kind calls `listApplied`, for messages */
  readonly appliedName: string;
  /** all members that a plan knows, the lowest ordinal first */
  readonly superset: readonly string[];
  /** Asks all of them, once. @param me whose own silence leaves nothing unclear */
  observe(me: string): Promise<RingView>;
  /**
   * The members of the configuration that the leader has applied, from another source than `observe`, which may show one
   * that is not committed yet; null: the leader does not say it.
   */
  listApplied(leader: string): Promise<readonly string[] | null>;
  /** Hands leadership over. @param nodes the ring as it is */
  transferLeadership(
    change: { to: string; nodes: readonly string[] },
    run: CommandRun,
  ): Promise<CommandOutput>;
  /** Takes a member out. @param nodes the ring that remains */
  removeMember(change: { id: string; nodes: readonly string[] }, run: CommandRun): Promise<CommandOutput>;
}

export interface CommandRun {
  /** aborted when the membership lock is lost: the command must change nothing from then on */
  readonly abort: AbortSignal;
  /** how long it may take; the kind may allow less */
  readonly limitSeconds: number;
}

/** How a command ended, for people: what the ring says afterwards counts. noRoom: why it was not started */
export type CommandOutput = { readonly how: string } | { readonly noRoom: string };

/** A change of a ring. */
export interface RingContext {
  readonly plan: Plan;
  readonly ring: RingClient;
  readonly world: RingWorld;
  /** which member it is about: this pod's own in a leave, any in an eviction */
  readonly id: string;
}
