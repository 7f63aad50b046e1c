// Whether all that is said of a ring's members goes together. A majority of the ring that its leader names is not enough
// here: a leader that lies may name a ring of one, and is then its own majority. So whoever answers for the group must
// agree, and whoever was recorded as a member must be there, or be recorded as gone.
import type { Record } from "../../../init/contract/record.ts";
import type { Asked, Ring } from "../../../init/contract/ring/agree.ts";
import type { Saying } from "../../../init/contract/ring/bean.ts";
import { listed, wordsOf } from "../../../init/contract/ring/words.ts";
import { ordinalIn } from "../ordinals.ts";

export interface MembershipInput {
  readonly ring: Ring;
  /** what every pod of the set said */
  readonly answers: readonly Asked[];
  /** null: nothing has been recorded yet */
  readonly record: Record | null;
  /** the StatefulSet's name: members have the names of its pods */
  readonly set: string;
  /** the runner's command for the ring */
  readonly command: string;
}

/** Why the members of a ring are not known, although a majority agrees on its leader; null: nothing speaks against it. */
export function findContradiction(given: MembershipInput): string | null {
  return findDissent(given) ?? findMissing(given);
}

/** A pod that answers for the group with another leader or term, or that the leader does not list. */
function findDissent({ ring, answers, record }: MembershipInput): string | null {
  const ids = new Set(ring.members.map(({ id }) => id));
  for (const { id, says } of answers) {
    if ("nothing" in says || says.id !== id) continue;
    // the daemon of a member that has left goes on until its pod is gone
    if (!ids.has(id) && hasLeft(record, id)) continue;
    const why = describeDissent(says, ring, ids);
    if (why !== null) return `${why}: ${listed(answers)}`;
  }
  return null;
}

function describeDissent(says: Saying, { leader, term }: Ring, ids: ReadonlySet<string>): string | null {
  if (says.leaderId !== leader || says.term !== term) {
    return `${leader} leads in term ${term}, but ${says.id} ${wordsOf(says)}, so the members do not agree`;
  }
  if (ids.has(says.id)) return null;
  return (
    `${says.id} follows ${leader} in term ${term}, but ${leader} does not list it among its ${ids.size} ` +
    `${ids.size === 1 ? "member" : "members"}. It is joining or leaving just now, or one of the two does not tell the truth`
  );
}

/** A member by the record that the leader does not list, and that has not left by the record either. */
function findMissing({ ring, answers, record, set, command }: MembershipInput): string | null {
  const ids = new Set(ring.members.map(({ id }) => id));
  const answering = new Set(answers.flatMap(({ id, says }) => ("nothing" in says ? [] : [id])));
  const recorded = record?.ring?.members ?? [];
  const missing = recorded.find(
    // a daemon that is out of its ring ends by itself, and may take its preStop with it before that is recorded
    (id) => !ids.has(id) && !hasLeft(record, id) && !(hasIntent(record, id) && !answering.has(id)),
  );
  if (missing === undefined) return null;
  const advice =
    ordinalIn(missing, set) === null
      ? "correct ring.members in the record"
      : `if it is out for good, record that with ${command} evict ${missing} in a running member`;
  return (
    `the record has ${missing} as a member and knows of no leave, but the leader ${ring.leader} does not list it; ${advice}: ` +
    listed(answers)
  );
}

const hasLeft = (record: Record | null, id: string): boolean => Object.hasOwn(record?.tombstones ?? {}, id);
const hasIntent = (record: Record | null, id: string): boolean => Object.hasOwn(record?.intents ?? {}, id);
