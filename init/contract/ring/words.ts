// Who answered what, for whoever reads why a ring is not known.
import type { MemberStatus, Unreachable } from "./bean.ts";

/** A member that was asked, and what it said. */
export interface MemberAnswer {
  /** whom we asked: the name of the pod, which is the member's id */
  readonly id: string;
  readonly says: MemberStatus | Unreachable;
}

/** More than that helps nobody; the API server cuts long messages, too. */
const MOST = 10;

/** "om-0 is LEADER in term 7; om-1 is FOLLOWER in term 7 and names om-0; om-2: nothing listens there". */
export function formatAnswers(all: readonly MemberAnswer[]): string {
  const told = all.slice(0, MOST).map(({ id, says }) => {
    if ("nothing" in says) return `${id}: ${says.nothing}`;
    return says.id === id ? `${id} ${describeStatus(says)}` : `${id} answers as ${says.id}`;
  });
  return all.length > MOST ? `${told.join("; ")}; and ${all.length - MOST} more` : told.join("; ");
}

/** "is FOLLOWER in term 7 and names om-0". */
export function describeStatus(says: MemberStatus | Unreachable): string {
  if ("nothing" in says) return says.nothing;
  const { role, term, leaderId } = says;
  if (role === "LEADER") return `is LEADER in term ${term}`;
  return `is ${role} in term ${term} and ${leaderId === null ? "knows no leader" : `names ${leaderId}`}`;
}
