// Removes a member from its ring, under the lock: observes, decides, and acts or waits, until a leader that a majority
// confirms no longer lists it. A member that must not be removed stays in the ring unchanged.
import type { Ring } from "../../contract/ring/agree.ts";
import type { World } from "../ports.ts";
import type { RingContext } from "./client.ts";
import { decideLeave, type LeaveDecision } from "./decideLeave.ts";
import { listIds } from "./view.ts";

const POLL_INTERVAL_MS = 2_000;
/** Commands without effect before the removal is given up. */
const TRIES = 4;

export interface RemovalTerms {
  /** called before every observation: the members to remove first, why this one stays, or why that is unknown */
  checkWanted(): Promise<{ removalsAhead: readonly string[] } | { stays: string } | { unknown: string }>;
  /** gives up after this long without progress */
  patienceSeconds: number;
  /** gives up after this long in total */
  limitSeconds: number;
}

/** ring: without the member; stuck: why the removal was given up */
export type RemovalResult = { readonly ring: Ring } | { readonly stays: string } | { readonly stuck: string };

/** Resolves once this member may be removed, and no other must be removed first. */
export async function awaitTurn(
  context: RingContext,
  terms: RemovalTerms,
): Promise<{ stuck: string } | null> {
  const progress = startProgress(context.world);
  for (;;) {
    const current = await observeAndDecide(context, terms, progress);
    if ("stuck" in current) return current;
    if ("stays" in current || current.decision.do !== "wait") return null;
  }
}

/** @param lost aborted when the lock is lost; from then on nothing is changed */
export async function removeMember(
  context: RingContext,
  terms: RemovalTerms,
  lost: AbortSignal,
): Promise<RemovalResult> {
  const progress = startProgress(context.world);
  for (;;) {
    if (lost.aborted) return { stuck: "the lock was lost" };
    const current = await observeAndDecide(context, terms, progress);
    if (!("decision" in current)) return current;
    const { decision } = current;
    switch (decision.do) {
      case "wait":
        break;
      case "gone":
        return { ring: decision.ring };
      default: {
        const why = await applyChange(context, decision, { lost, progress, terms });
        if (why !== null) return { stuck: why };
      }
    }
  }
}

/** Observes the ring and decides the next action for the member. @param removalsAhead members to remove first */
export async function observeLeave(
  { ring, id }: RingContext,
  removalsAhead: readonly string[],
): Promise<{ decision: LeaveDecision; state: string }> {
  const live = await ring.observe(id);
  const appliedMembers = live.is === "led" ? await ring.listApplied(live.ring.leader) : null;
  return {
    decision: decideLeave({ id, possibleMembers: ring.possibleMembers, live, appliedMembers, removalsAhead }),
    state: live.is === "led" ? `${live.ring.leader} ${live.ring.members.map((member) => member.id)}` : "",
  };
}

/** The proof of a member's removal, for messages. */
export function describeProof(
  { ring, id }: Pick<RingContext, "ring" | "id">,
  { leader, term, members }: Ring,
): string {
  return `leader ${leader} (term ${term}) lists ${listIds({ members }).join(", ")} without ${id}, in its ring and in its ${ring.appliedName}`;
}

/** A removal is given up for lack of progress. Times are monotonic milliseconds. */
interface LeaveProgress {
  readonly began: number;
  /** leader and members at the last observation; empty: no leader yet */
  state: string;
  /** since when `state` is unchanged */
  since: number;
  /** commands since then */
  tries: number;
  /** the reason to wait that was logged last */
  lastLogged: string;
  /** how the last command ended, as the end of a sentence */
  last: string;
}

function startProgress({ monotonic }: World): LeaveProgress {
  const now = monotonic();
  return { began: now, state: "", since: now, tries: 0, lastLogged: "", last: "" };
}

/** Another leader or other members are progress. */
function noteProgress(progress: LeaveProgress, state: string, { monotonic }: World): void {
  if (state === "" || state === progress.state) return;
  Object.assign(progress, { state, since: monotonic(), tries: 0 });
}

const countSecondsSince = (then: number, { monotonic }: World): number =>
  Math.round((monotonic() - then) / 1000);

type RemovalState = { decision: LeaveDecision } | { stays: string } | { stuck: string };

/**
 * Observes and decides, and pauses if the decision is to wait. A member that is already out counts as removed even if
 * its ordinal is wanted again.
 */
async function observeAndDecide(
  context: RingContext,
  terms: RemovalTerms,
  progress: LeaveProgress,
): Promise<RemovalState> {
  const { world, id } = context;
  if (world.stop.aborted) return { stuck: `${id} is still in the ring: the runner was stopped` };
  const wanted = await terms.checkWanted();
  const observation = await observeLeave(context, "removalsAhead" in wanted ? wanted.removalsAhead : []);
  const isOut = observation.decision.do === "gone";
  if ("stays" in wanted && !isOut) return wanted;
  noteProgress(progress, observation.state, world);
  const decision: LeaveDecision =
    "unknown" in wanted && !isOut
      ? { do: "wait", for: `an answer of the API server: ${wanted.unknown}` }
      : observation.decision;
  if (decision.do !== "wait") return { decision };
  if (progress.lastLogged !== decision.for) world.log(`${id} waits to leave: for ${decision.for}`);
  progress.lastLogged = decision.for;
  const idle = countSecondsSince(progress.since, world);
  const all = countSecondsSince(progress.began, world);
  if (idle >= terms.patienceSeconds || all >= terms.limitSeconds) {
    return { stuck: `${id} is still in the ring: it waited ${idle} s for ${decision.for}${progress.last}` };
  }
  await world.pause(POLL_INTERVAL_MS * (0.75 + world.random() / 2));
  return { decision };
}

type RingChange = Extract<LeaveDecision, { do: "transfer" | "remove" }>;

/** @returns why the removal is given up; null: observe again */
async function applyChange(
  { ring, world, id }: RingContext,
  decision: RingChange,
  { lost, progress, terms }: { lost: AbortSignal; progress: LeaveProgress; terms: RemovalTerms },
): Promise<string | null> {
  if (progress.tries >= TRIES) {
    return `${id} is still in the ring after ${TRIES} tries to ${describeChange(decision, id)}${progress.last}`;
  }
  const left = terms.limitSeconds - countSecondsSince(progress.began, world);
  if (left <= 0) return `${id} is still in the ring after ${terms.limitSeconds} s${progress.last}`;
  progress.tries += 1;
  world.log(describeChange(decision, id));
  const run = { abort: lost, limitSeconds: left };
  const ended =
    decision.do === "transfer"
      ? await ring.transferLeadership(decision, run)
      : await ring.removeMember({ id, nodes: decision.nodes }, run);
  if ("noRoom" in ended) return `${id} is still in the ring: ${ended.noRoom}`;
  progress.last = `; ${ended.how}`;
  await world.pause(POLL_INTERVAL_MS * (progress.tries - 0.5));
  return null;
}

const describeChange = (decision: RingChange, id: string): string =>
  decision.do === "transfer"
    ? `transfer leadership from ${id} to ${decision.to}`
    : `remove ${id} from the ring, so that ${decision.nodes.join(", ")} remain`;
