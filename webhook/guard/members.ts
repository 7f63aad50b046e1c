// Who is a member by the record: what outlives pods and volumes (DESIGN: contracts, Record).
import { z } from "zod";
import type { Record as Written } from "../../init/contract/record.ts";
import { fromHighest, holds, ordinalIn, removedOf, type Span } from "./ordinals.ts";
import type { SetState } from "./state.ts";

/** As many as a sentence can name. */
const MOST_NAMES = 10;

/** The ring's part is written by the runner's preset: the ids of its members, as a list or as keys. */
const ring = z.looseObject({
  members: z.union([
    z.array(z.string()),
    z.record(z.string(), z.unknown()).transform((by) => Object.keys(by)),
  ]),
});

/** Ids of a ring's members as the record has them; none where it has no ring. */
export function ringMembersIn(record: Written | null): readonly string[] {
  const read = ring.safeParse(record?.ring);
  return read.success ? read.data.members : [];
}

/** Pods that have left or are drained, by name, with the uid under which they did. */
export function goneOf(record: Written | null): ReadonlyMap<string, string | undefined> {
  const drained = Object.entries(record?.drained ?? {}).map(([pod, { podUid }]) => [pod, podUid] as const);
  const left = Object.entries(record?.tombstones ?? {})
    .filter(([, { finished }]) => finished)
    .map(([pod, { podUid }]) => [pod, podUid] as const);
  return new Map([...drained, ...left]);
}

/**
 * Pods that the record knows as members, that have not left, and that a set would not have.
 * @returns names, highest ordinal first
 */
export function membersIn(record: Written, { name, ordinals }: SetState): string[] {
  const gone = goneOf(record);
  const recorded = record.ordinals === undefined ? [] : removedOf(spanOf(record.ordinals), ordinals);
  // one more, so that those that are gone do not hide the others
  const counted = fromHighest(recorded, MOST_NAMES + gone.size).map((ordinal) => `${name}-${ordinal}`);
  const inRing = ringMembersIn(record).filter((id) => {
    const ordinal = ordinalIn(id, name);
    return ordinal === null || !holds(ordinals, ordinal);
  });
  return [...new Set([...counted, ...inRing])].filter((pod) => !gone.has(pod)).slice(0, MOST_NAMES);
}

const spanOf = ({ start, replicas }: Span): Span => ({ start, replicas });
