// Takes a member out of its ring, under the lock: looks, decides, and acts or waits, until a leader that a majority agrees
// on does not have it any more. Whoever may not be taken out now, or any more, is left in the ring as it is.
import type { Ring } from "../../../../init/contract/ring/agree.ts";
import { removeCommand, runAdmin, transferCommand } from "./admin.ts";
import { type Around, sight } from "./around.ts";
import type { LeaveDecision } from "./decide.ts";
import { begin, note, type Progress, secondsSince, TRIES } from "./progress.ts";

const LOOK_EVERY_MS = 2_000;

export interface Terms {
  /** asked before every look: who goes first, why it stays after all, or why nobody can say */
  still(): Promise<{ before: readonly string[] } | { stays: string } | { unknown: string }>;
  /** without progress, until it is given up */
  patienceSeconds: number;
  /** in all, until it is given up */
  limitSeconds: number;
}

export type Out = { readonly ring: Ring } | { readonly stays: string } | { readonly stuck: string };

/** Resolves once it is this member's turn: nobody goes before it, and it may be taken out. */
export async function awaitTurn(around: Around, terms: Terms): Promise<{ stuck: string } | null> {
  const progress = begin(around.world);
  for (;;) {
    const looked = await look(around, terms, progress);
    if ("stuck" in looked) return looked;
    if ("stays" in looked || looked.decision.do !== "wait") return null;
  }
}

/** @param lost aborted when the lock is not held any more: nothing is changed from then on */
export async function takeOut(around: Around, terms: Terms, lost: AbortSignal): Promise<Out> {
  const progress = begin(around.world);
  for (;;) {
    if (lost.aborted) return { stuck: "the lock was lost" };
    const looked = await look(around, terms, progress);
    if (!("decision" in looked)) return looked;
    const { decision } = looked;
    switch (decision.do) {
      case "wait":
        break;
      case "gone":
        return { ring: decision.ring };
      default: {
        const why = await command(around, decision, { lost, progress, terms });
        if (why !== null) return { stuck: why };
      }
    }
  }
}

type Looked = { decision: LeaveDecision } | { stays: string } | { stuck: string };

/** One look; where it is to wait, after the pause. What is out already is out, also where it is wanted again. */
async function look(around: Around, terms: Terms, progress: Progress): Promise<Looked> {
  const { world, id } = around;
  if (world.stop.aborted) return { stuck: `${id} is still in the ring: it was stopped` };
  const still = await terms.still();
  const seen = await sight(around, "before" in still ? still.before : []);
  const isOut = seen.decision.do === "gone";
  if ("stays" in still && !isOut) return still;
  note(progress, seen.state, world);
  const decision: LeaveDecision =
    "unknown" in still && !isOut ? { do: "wait", for: `an answer: ${still.unknown}` } : seen.decision;
  if (decision.do !== "wait") return { decision };
  if (progress.told !== decision.for) world.log(`${id} waits, before it leaves, for ${decision.for}`);
  progress.told = decision.for;
  const idle = secondsSince(progress.since, world);
  const all = secondsSince(progress.began, world);
  if (idle >= terms.patienceSeconds || all >= terms.limitSeconds) {
    return { stuck: `${id} is still in the ring: it waited ${idle} s for ${decision.for}${progress.last}` };
  }
  await world.pause(LOOK_EVERY_MS * (0.75 + world.random() / 2));
  return { decision };
}

type Change = Extract<LeaveDecision, { do: "transfer" | "remove" }>;

/** @returns why it is given up; null: look again */
async function command(
  { ozone, world, id }: Around,
  decision: Change,
  { lost, progress, terms }: { lost: AbortSignal; progress: Progress; terms: Terms },
): Promise<string | null> {
  if (progress.tries >= TRIES) {
    return `${id} is still in the ring after ${TRIES} tries to ${words(decision, id)}${progress.last}`;
  }
  const left = terms.limitSeconds - secondsSince(progress.began, world);
  if (left <= 0) return `${id} is still in the ring after ${terms.limitSeconds} s${progress.last}`;
  progress.tries += 1;
  world.log(words(decision, id));
  const argv =
    decision.do === "transfer"
      ? transferCommand(ozone, decision)
      : removeCommand(ozone, { id, nodes: decision.nodes });
  const ran = await runAdmin(argv, { world, abort: lost, limitSeconds: left });
  if ("noRoom" in ran) return `${id} is still in the ring: ${ran.noRoom}`;
  progress.last = `; ${ran.how}`;
  await world.pause(LOOK_EVERY_MS * (progress.tries - 0.5));
  return null;
}

const words = (decision: Change, id: string): string =>
  decision.do === "transfer"
    ? `hand leadership from ${id} to ${decision.to}`
    : `have ${id} taken out, so that ${decision.nodes.join(", ")} remain`;

/** What proves that a member is out, for a log or a tombstone. */
export function evidenceOf({ leader, term, members }: Ring, id: string): string {
  return `leader ${leader} (term ${term}) has ${idsOf({ members }).join(", ")} and not ${id} in its ring and in its RatisRoles`;
}

/** The members' ids, sorted. */
export const idsOf = ({ members }: Pick<Ring, "members">): string[] => members.map(({ id }) => id).sort();
