// Formats the answers of a ring's members for messages.
import type { MemberStatus, Unreachable } from "./bean.ts";

/** The answer of one queried member. */
export interface MemberAnswer {
  /** the name of the queried pod, which is the member's id */
  readonly id: string;
  readonly says: MemberStatus | Unreachable;
}

/** A longer list does not help the reader, and the API server truncates long messages. */
const MAX_ANSWERS = 10;

/** "om-0 is LEADER in term 7; om-1 is FOLLOWER in term 7 and names om-0; om-2: nothing listens there". */
export function formatAnswers(all: readonly MemberAnswer[]): string {
  const [first, ...others] = all.map(({ says }) => ("nothing" in says ? says.nothing : null));
  if (first && others.length > 0 && others.every((each) => each === first))
    return `all ${all.length} members: ${first}`;
  const parts = all.slice(0, MAX_ANSWERS).map(({ id, says }) => {
    if ("nothing" in says) return `${id}: ${says.nothing}`;
    return says.id === id ? `${id} ${describeStatus(says)}` : `${id} answers as ${says.id}`;
  });
  return all.length > MAX_ANSWERS
    ? `${parts.join("; ")}; and ${all.length - MAX_ANSWERS} more`
    : parts.join("; ");
}

/** "is FOLLOWER in term 7 and names om-0". */
export function describeStatus(says: MemberStatus | Unreachable): string {
  if ("nothing" in says) return says.nothing;
  const { role, term, leaderId } = says;
  if (role === "LEADER") return `is LEADER in term ${term}`;
  return `is ${role} in term ${term} and ${leaderId === null ? "knows no leader" : `names ${leaderId}`}`;
}
