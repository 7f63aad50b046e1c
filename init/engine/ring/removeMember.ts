// Takes a member out of its ring, under the lock: observes, decides, and acts or waits, until a leader that a majority
// agrees on does not have it any more. A member that may not be taken out now, or any more, stays in the ring as it is.
import type { Ring } from "../../contract/ring/agree.ts";
import type { World } from "../ports.ts";
import type { RingContext } from "./client.ts";
import { decideLeave, type LeaveDecision } from "./decideLeave.ts";
import { listIds } from "./view.ts";

const LOOK_EVERY_MS = 2_000;
/** Commands that changed nothing, before it is given up. */
const TRIES = 4;

export interface RemovalTerms {
  /** asked before every look: which members go first, why it stays after all, or why that is unknown */
  checkWanted(): Promise<{ before: readonly string[] } | { stays: string } | { unknown: string }>;
  /** without progress, until it is given up */
  patienceSeconds: number;
  /** in all, until it is given up */
  limitSeconds: number;
}

/** ring: as it is without the member; stuck: why it was given up */
export type RemovalResult = { readonly ring: Ring } | { readonly stays: string } | { readonly stuck: string };

/** Resolves once it is this member's turn: no other goes before it, and it may be taken out. */
export async function awaitTurn(
  context: RingContext,
  terms: RemovalTerms,
): Promise<{ stuck: string } | null> {
  const progress = startProgress(context.world);
  for (;;) {
    const looked = await look(context, terms, progress);
    if ("stuck" in looked) return looked;
    if ("stays" in looked || looked.decision.do !== "wait") return null;
  }
}

/** @param lost aborted when the lock is not held any more: nothing is changed from then on */
export async function removeMember(
  context: RingContext,
  terms: RemovalTerms,
  lost: AbortSignal,
): Promise<RemovalResult> {
  const progress = startProgress(context.world);
  for (;;) {
    if (lost.aborted) return { stuck: "the lock was lost" };
    const looked = await look(context, terms, progress);
    if (!("decision" in looked)) return looked;
    const { decision } = looked;
    switch (decision.do) {
      case "wait":
        break;
      case "gone":
        return { ring: decision.ring };
      default: {
        const why = await change(context, decision, { lost, progress, terms });
        if (why !== null) return { stuck: why };
      }
    }
  }
}

/** Asks the ring what is next for the member. @param before members that go first */
export async function observeLeave(
  { ring, id }: RingContext,
  before: readonly string[],
): Promise<{ decision: LeaveDecision; state: string }> {
  const live = await ring.observe(id);
  const roles = live.is === "led" ? await ring.listApplied(live.ring.leader) : null;
  return {
    decision: decideLeave({ id, superset: ring.superset, live, roles, before }),
    state: live.is === "led" ? `${live.ring.leader} ${live.ring.members.map((member) => member.id)}` : "",
  };
}

/** What proves that a member is out, for a log or a tombstone. */
export function describeProof(
  { ring, id }: Pick<RingContext, "ring" | "id">,
  { leader, term, members }: Ring,
): string {
  return `leader ${leader} (term ${term}) has ${listIds({ members }).join(", ")} and not ${id} in its ring and in its ${ring.appliedName}`;
}

/** A removal is given up for want of progress, not because it takes long. Times are monotonic milliseconds. */
interface LeaveProgress {
  readonly began: number;
  /** leader and members as they were at the last look; empty: there was no leader yet */
  state: string;
  /** since when that is so */
  since: number;
  /** commands since then */
  tries: number;
  /** what it was last said to wait for */
  told: string;
  /** how the last command ended, as the end of a sentence */
  last: string;
}

function startProgress({ monotonic }: World): LeaveProgress {
  const now = monotonic();
  return { began: now, state: "", since: now, tries: 0, told: "", last: "" };
}

/** Another leader or other members are progress. */
function noteProgress(progress: LeaveProgress, state: string, { monotonic }: World): void {
  if (state === "" || state === progress.state) return;
  Object.assign(progress, { state, since: monotonic(), tries: 0 });
}

const countSecondsSince = (then: number, { monotonic }: World): number =>
  Math.round((monotonic() - then) / 1000);

type RemovalLook = { decision: LeaveDecision } | { stays: string } | { stuck: string };

/** One look; where it is to wait, after the pause. What is out already is out, also where it is wanted again. */
async function look(
  context: RingContext,
  terms: RemovalTerms,
  progress: LeaveProgress,
): Promise<RemovalLook> {
  const { world, id } = context;
  if (world.stop.aborted) return { stuck: `${id} is still in the ring: it was stopped` };
  const wanted = await terms.checkWanted();
  const seen = await observeLeave(context, "before" in wanted ? wanted.before : []);
  const isOut = seen.decision.do === "gone";
  if ("stays" in wanted && !isOut) return wanted;
  noteProgress(progress, seen.state, world);
  const decision: LeaveDecision =
    "unknown" in wanted && !isOut ? { do: "wait", for: `an answer: ${wanted.unknown}` } : seen.decision;
  if (decision.do !== "wait") return { decision };
  if (progress.told !== decision.for) world.log(`${id} waits, before it leaves, for ${decision.for}`);
  progress.told = decision.for;
  const idle = countSecondsSince(progress.since, world);
  const all = countSecondsSince(progress.began, world);
  if (idle >= terms.patienceSeconds || all >= terms.limitSeconds) {
    return { stuck: `${id} is still in the ring: it waited ${idle} s for ${decision.for}${progress.last}` };
  }
  await world.pause(LOOK_EVERY_MS * (0.75 + world.random() / 2));
  return { decision };
}

type RingChange = Extract<LeaveDecision, { do: "transfer" | "remove" }>;

/** @returns why it is given up; null: look again */
async function change(
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
  await world.pause(LOOK_EVERY_MS * (progress.tries - 0.5));
  return null;
}

const describeChange = (decision: RingChange, id: string): string =>
  decision.do === "transfer"
    ? `hand leadership from ${id} to ${decision.to}`
    : `have ${id} taken out, so that ${decision.nodes.join(", ")} remain`;
