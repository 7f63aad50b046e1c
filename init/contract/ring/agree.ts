// Determines the members of a ring (docs/research/ozone.md#members-over-http): the leader with the highest term counts
// if more than half of the members that it lists name the same leader and term. A partitioned leader does not know that
// it was replaced, so its own answer proves nothing.
import type { MemberStatus, Unreachable } from "./bean.ts";
import { computeMajority, isMajority } from "./majority.ts";
import { describeStatus, formatAnswers, type MemberAnswer } from "./words.ts";

export type { MemberAnswer } from "./words.ts";

export interface RingMember {
  readonly id: string;
  /** it answers with the same leader and term */
  readonly healthy: boolean;
  /** why it is not healthy: its different answer, or why it did not answer */
  readonly why?: string;
}

/** A Raft ring at one moment. */
export interface Ring {
  readonly leader: string;
  readonly term: number;
  /** the leader first */
  readonly members: readonly RingMember[];
}

/** The ring, or one sentence that says why it is unknown, with all answers. */
export type RingAgreement = { readonly known: Ring } | { readonly unknown: string };

/** Determines the ring from one answer of each member. */
export function agree(all: readonly MemberAnswer[]): RingAgreement {
  if (all.length === 0) return { unknown: "the ring has no pods that could be queried" };
  const answers = indexById(all);
  if (answers === null) return { unknown: "one member was queried twice, which is an internal error" };
  const statuses = [...answers.values()].filter(isUsable);
  if (statuses.length === 0) return { unknown: `no member reports a ring: ${formatAnswers(all)}` };
  const leaders = statuses.filter(({ role }) => role === "LEADER").toSorted((a, b) => b.term - a.term);
  const [leader, rival] = leaders;
  if (leader === undefined) return { unknown: `no member is leader: ${formatAnswers(all)}` };
  if (rival?.term === leader.term) {
    return {
      unknown: `${leader.id} and ${rival.id} are both leader in term ${leader.term}: ${formatAnswers(all)}`,
    };
  }
  return checkAgreement(leader, { all, answers, others: leaders.slice(1) });
}

interface RingAnswers {
  readonly all: readonly MemberAnswer[];
  readonly answers: AnswersById;
  /** further leaders, of lower terms */
  readonly others: readonly MemberStatus[];
}

function checkAgreement(leader: MemberStatus, { all, answers, others }: RingAnswers): RingAgreement {
  const ring = listRing(leader);
  const members = ring.map((id) => buildMember(id, leader, answers));
  const healthy = members.filter((member) => member.healthy).length;
  if (!isMajority(healthy, ring.length)) {
    return {
      unknown:
        `${leader.id} reports itself as leader in term ${leader.term}, but only ${healthy} of the ${ring.length} members of its ring ` +
        `confirm it, and a majority is ${computeMajority(ring.length)}; it may be partitioned: ${formatAnswers(all)}${describeMissing(ring, answers)}`,
    };
  }
  const second = others.find((other) => hasMajority(other, answers));
  if (second !== undefined) {
    return {
      unknown: `there are two rings, that of ${leader.id} (term ${leader.term}) and that of ${second.id} (term ${second.term}), each with a majority of its own: ${formatAnswers(all)}`,
    };
  }
  const doubt = findDoubt(ring, leader, answers);
  return doubt === null
    ? { known: { leader: leader.id, term: leader.term, members } }
    : { unknown: `${doubt}: ${formatAnswers(all)}` };
}

/** An answer that a majority cannot overrule: the member may know a newer state than those queried a moment earlier. */
function findDoubt(ring: readonly string[], leader: MemberStatus, answers: AnswersById): string | null {
  for (const id of ring) {
    const says = answers.get(id);
    if (says === undefined || !isUsable(says)) continue;
    if (says.role === "LISTENER") return `${id} is a listener, and rings with listeners are not supported`;
    if (says.term > leader.term && says.leaderId !== null) {
      return `${leader.id} leads in term ${leader.term}, but ${id} names ${says.leaderId} in term ${says.term}: an election is in progress`;
    }
  }
  return null;
}

function buildMember(id: string, leader: MemberStatus, answers: AnswersById): RingMember {
  const says = answers.get(id);
  if (says === undefined) return { id, healthy: false, why: "it was not queried: no pod has that name" };
  if (follows(says, leader)) return { id, healthy: true };
  return { id, healthy: false, why: describeStatus(says) };
}

function follows(says: MemberStatus | Unreachable, { leaderId, term, id }: MemberStatus): boolean {
  return isUsable(says) && leaderId === id && says.leaderId === leaderId && says.term === term;
}

function hasMajority(leader: MemberStatus, answers: AnswersById): boolean {
  const ring = listRing(leader);
  const agreeing = ring.filter((id) => follows(answers.get(id) ?? { nothing: "" }, leader));
  return isMajority(agreeing.length, ring.length);
}

const listRing = ({ id, followers }: MemberStatus): string[] => [id, ...(followers ?? [])];

const isUsable = (says: MemberStatus | Unreachable): says is MemberStatus => !("nothing" in says);

function describeMissing(ring: readonly string[], answers: AnswersById): string {
  const missing = ring.filter((id) => !answers.has(id)).slice(0, 10);
  return missing.length === 0
    ? ""
    : `; ${missing.join(", ")} ${missing.length === 1 ? "has" : "have"} no pod that could be queried`;
}

type AnswersById = ReadonlyMap<string, MemberStatus | Unreachable>;

/**
 * The answers by the id of the queried member; null if two have the same id. An answer with another member's id does
 * not count.
 */
function indexById(all: readonly MemberAnswer[]): AnswersById | null {
  const answers = new Map(all.map(({ id, says }) => [id, checkIdentity(id, says)]));
  return answers.size === all.length ? answers : null;
}

function checkIdentity(id: string, says: MemberStatus | Unreachable): MemberStatus | Unreachable {
  return !isUsable(says) || says.id === id ? says : { nothing: `it answers as ${says.id}` };
}
