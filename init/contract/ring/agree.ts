// Who is in the ring, as a majority of its members agrees (docs/research/ozone.md#members-over-http): the leader of the
// highest term, and more than half of the ring that the leader names say the same leader and term. A leader that was
// cut off cannot know that it is none any more; alone it proves nothing.
import type { MemberStatus, Unreachable } from "./bean.ts";
import { computeMajority, isMajority } from "./majority.ts";
import { describeStatus, formatAnswers, type MemberAnswer } from "./words.ts";

export type { MemberAnswer } from "./words.ts";

export interface RingMember {
  readonly id: string;
  /** it answers, and names the same leader and term */
  readonly healthy: boolean;
  /** of one that is not healthy: what it says instead, or why it says nothing */
  readonly why?: string;
}

/** A Raft ring at one moment. */
export interface Ring {
  readonly leader: string;
  readonly term: number;
  /** the leader first */
  readonly members: readonly RingMember[];
}

/** The ring, or one sentence that says why it is not known, with who answered what. */
export type RingAgreement = { readonly known: Ring } | { readonly unknown: string };

/** Agrees on the ring from what all who were asked say, each asked once. */
export function agree(all: readonly MemberAnswer[]): RingAgreement {
  if (all.length === 0) return { unknown: "there is nobody to ask: no pod is there" };
  const answers = byId(all);
  if (answers === null) return { unknown: "one member was asked twice, which is a fault of ours" };
  const sayings = [...answers.values()].filter(isUsable);
  if (sayings.length === 0) return { unknown: `no member answers with its ring: ${formatAnswers(all)}` };
  const leaders = sayings.filter(({ role }) => role === "LEADER").toSorted((a, b) => b.term - a.term);
  const [leader, rival] = leaders;
  if (leader === undefined) return { unknown: `no member is leader: ${formatAnswers(all)}` };
  if (rival?.term === leader.term) {
    return {
      unknown: `${leader.id} and ${rival.id} are both leader in term ${leader.term}: ${formatAnswers(all)}`,
    };
  }
  return agreedOn(leader, { all, answers, others: leaders.slice(1) });
}

interface RingAnswers {
  readonly all: readonly MemberAnswer[];
  readonly answers: AnswersById;
  /** further leaders, of lower terms */
  readonly others: readonly MemberStatus[];
}

function agreedOn(leader: MemberStatus, { all, answers, others }: RingAnswers): RingAgreement {
  const ring = listRing(leader);
  const members = ring.map((id) => buildMember(id, leader, answers));
  const healthy = members.filter((member) => member.healthy).length;
  if (!isMajority(healthy, ring.length)) {
    return {
      unknown:
        `${leader.id} says that it is leader in term ${leader.term}, but only ${healthy} of the ${ring.length} members of its ring ` +
        `say so, which is no majority (${computeMajority(ring.length)}); it may have been cut off: ${formatAnswers(all)}${unasked(ring, answers)}`,
    };
  }
  const second = others.find((other) => hasMajority(other, answers));
  if (second !== undefined) {
    return {
      unknown: `there are two rings, that of ${leader.id} (term ${leader.term}) and that of ${second.id} (term ${second.term}), each with a majority of its own: ${formatAnswers(all)}`,
    };
  }
  const doubt = doubtIn(ring, leader, answers);
  return doubt === null
    ? { known: { leader: leader.id, term: leader.term, members } }
    : { unknown: `${doubt}: ${formatAnswers(all)}` };
}

/** What a member says that a majority cannot outvote: it may know more than those who were asked a moment earlier. */
function doubtIn(ring: readonly string[], leader: MemberStatus, answers: AnswersById): string | null {
  for (const id of ring) {
    const says = answers.get(id);
    if (says === undefined || !isUsable(says)) continue;
    if (says.role === "LISTENER")
      return `${id} is a listener, and rings with listeners are not understood yet`;
    if (says.term > leader.term && says.leaderId !== null) {
      return `${leader.id} leads in term ${leader.term}, but ${id} names ${says.leaderId} in term ${says.term}: a leader is just being elected`;
    }
  }
  return null;
}

function buildMember(id: string, leader: MemberStatus, answers: AnswersById): RingMember {
  const says = answers.get(id);
  if (says === undefined)
    return { id, healthy: false, why: "it was not asked: there is no pod of that name" };
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

function unasked(ring: readonly string[], answers: AnswersById): string {
  const missing = ring.filter((id) => !answers.has(id)).slice(0, 10);
  return missing.length === 0
    ? ""
    : `; ${missing.join(", ")} ${missing.length === 1 ? "has" : "have"} no pod that could be asked`;
}

type AnswersById = ReadonlyMap<string, MemberStatus | Unreachable>;

/** What those who were asked say, by whom was asked; who answers with another's id says nothing for anybody. */
function byId(all: readonly MemberAnswer[]): AnswersById | null {
  const answers = new Map(all.map(({ id, says }) => [id, asThemselves(id, says)]));
  return answers.size === all.length ? answers : null;
}

function asThemselves(id: string, says: MemberStatus | Unreachable): MemberStatus | Unreachable {
  return !isUsable(says) || says.id === id ? says : { nothing: `it answers as ${says.id}` };
}
