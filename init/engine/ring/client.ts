// What a kind of ring supplies to the core for removals and transfers of leadership: how to query its members, and the
// two commands that change the ring. Order, membership lock, record and proof are in the core, the same for every ring.
import type { Plan } from "../../contract/plan.ts";
import type { RingWorld } from "../ringPorts.ts";
import type { RingView } from "./view.ts";

export interface RingClient {
  /** the kind's own command of the runner, with the subcommands `evict` and `rejoin` */
  readonly command: string;
  /** the kind's name for the result of `listApplied`, for messages */
  readonly appliedName: string;
  /** all members that the plan lists, the lowest ordinal first */
  readonly possibleMembers: readonly string[];
  /** Queries all of them once. @param me this member, whose daemon is known not to run */
  observe(me: string): Promise<RingView>;
  /**
   * The members of the configuration that the leader has applied, from another source than `observe`, which may show an
   * uncommitted one; null: the leader does not report it.
   */
  listApplied(leader: string): Promise<readonly string[] | null>;
  /** Transfers leadership. @param change.nodes the current ring */
  transferLeadership(
    change: { to: string; nodes: readonly string[] },
    run: CommandRun,
  ): Promise<CommandOutput>;
  /** Removes a member. @param change.nodes the remaining ring */
  removeMember(change: { id: string; nodes: readonly string[] }, run: CommandRun): Promise<CommandOutput>;
}

export interface CommandRun {
  /** aborted when the membership lock is lost; from then on the command must change nothing */
  readonly abort: AbortSignal;
  /** the command's limit; the kind may use a lower one */
  readonly limitSeconds: number;
}

/** How a command ended, for people; only the ring's state afterwards counts. noRoom: why it was not started */
export type CommandOutput = { readonly how: string } | { readonly noRoom: string };

/** A change of a ring. */
export interface RingContext {
  readonly plan: Plan;
  readonly ring: RingClient;
  readonly world: RingWorld;
  /** the member that leaves (this pod's) or is evicted (any) */
  readonly id: string;
}
