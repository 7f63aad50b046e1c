import { lockLease, recordLease } from "../../../init/contract/record.ts";
import { kubectl } from "../commands.ts";
import { isRingDrop } from "../going.ts";
import { rule, subjectOf } from "../rule.ts";
import { message, setOf } from "../words.ts";

/** I7: a ring changes its members one by one, and a change that has begun must end first. */
export const oneChangeAtATime = rule({
  name: "one-change-at-a-time",
  code: "RC016",
  says: "A member of the ring is joining or leaving right now.",
  needs: ["record", "lock"],
  concerns: isRingDrop,
  decide: (asked, { record, lock }) => {
    if ("unknown" in record) return { unknown: `its record could not be read: ${record.unknown}` };
    if ("unknown" in lock) return { unknown: `its lock could not be read: ${lock.unknown}` };
    const { name } = subjectOf(asked);
    const intents = Object.keys(record.known?.intents ?? {});
    if (lock.known === null && intents.length === 0) return null;
    const who =
      intents.length > 0
        ? `${intents.join(", ")} began to leave and has not ended`
        : `${lock.known} holds the lock ${lockLease(name)}`;
    return message(
      `${setOf(asked)}: a change of the ring's members is under way: ${who}. Wait until it has ended, then ask again; this shows it`,
      kubectl(asked, "get", "lease", intents.length > 0 ? recordLease(name) : lockLease(name), "-o", "yaml"),
    );
  },
});
