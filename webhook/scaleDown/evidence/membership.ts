// Checks that all answers about a ring are consistent. A majority of the ring that its leader names is not enough: a
// lying leader may name a ring of one, and is then its own majority. So every pod that answers for the group must
// agree, and every recorded member must be listed, or be recorded as gone.
import type { WorkloadRecord } from "../../../init/contract/record.ts";
import type { MemberAnswer, Ring } from "../../../init/contract/ring/agree.ts";
import type { MemberStatus } from "../../../init/contract/ring/bean.ts";
import { describeStatus, formatAnswers } from "../../../init/contract/ring/words.ts";
import { parseOrdinal } from "../ordinals.ts";

export interface MembershipInput {
  readonly ring: Ring;
  /** the answer of every pod of the StatefulSet */
  readonly answers: readonly MemberAnswer[];
  /** null: there is no record yet */
  readonly record: WorkloadRecord | null;
  /** the name of the StatefulSet: members are named like its pods */
  readonly set: string;
  /** the runner's command for the ring, such as `om` */
  readonly command: string;
}

/** Why the members of a ring are unknown although a majority agrees on its leader; null: the answers are consistent. */
export function findContradiction(given: MembershipInput): string | null {
  return findDissent(given) ?? findMissing(given);
}

/** A pod that answers with another leader or term, or that the leader does not list. */
function findDissent({ ring, answers, record }: MembershipInput): string | null {
  const ids = new Set(ring.members.map(({ id }) => id));
  for (const { id, says } of answers) {
    if ("nothing" in says || says.id !== id) continue;
    // the daemon of a member that has left runs until its pod ends
    if (!ids.has(id) && hasLeft(record, id)) continue;
    const why = describeDissent(says, ring, ids);
    if (why !== null) return `${why}: ${formatAnswers(answers)}`;
  }
  return null;
}

function describeDissent(
  says: MemberStatus,
  { leader, term }: Ring,
  ids: ReadonlySet<string>,
): string | null {
  if (says.leaderId !== leader || says.term !== term) {
    return `${leader} leads in term ${term}, but ${says.id} ${describeStatus(says)}, so the members do not agree`;
  }
  if (ids.has(says.id)) return null;
  return (
    `${says.id} follows ${leader} in term ${term}, but ${leader} does not list it among its ${ids.size} ` +
    `${ids.size === 1 ? "member" : "members"} (it is joining or leaving, or one of the two is wrong)`
  );
}

/** A recorded member that the leader does not list and that has not left according to the record. */
function findMissing({ ring, answers, record, set, command }: MembershipInput): string | null {
  const ids = new Set(ring.members.map(({ id }) => id));
  const answering = new Set(answers.flatMap(({ id, says }) => ("nothing" in says ? [] : [id])));
  const recorded = record?.ring?.members ?? [];
  const missing = recorded.find(
    // a daemon ends once it is removed from its ring, and may end its preStop before that is recorded
    (id) => !ids.has(id) && !hasLeft(record, id) && !(hasIntent(record, id) && !answering.has(id)),
  );
  if (missing === undefined) return null;
  const advice =
    parseOrdinal(missing, set) === null
      ? "correct ring.members in the record"
      : `if it is gone for good, record that with \`/rollcall/rollcall ${command} evict ${missing}\` in a running member`;
  return (
    `the record lists ${missing} as a member that has not left, but the leader ${ring.leader} does not list it; ${advice}: ` +
    formatAnswers(answers)
  );
}

const hasLeft = (record: WorkloadRecord | null, id: string): boolean =>
  Object.hasOwn(record?.tombstones ?? {}, id);
const hasIntent = (record: WorkloadRecord | null, id: string): boolean =>
  Object.hasOwn(record?.intents ?? {}, id);
