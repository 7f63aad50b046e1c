// The ring, asked of all its pods at once when a decision needs it.
import type { Record } from "../../../init/contract/record.ts";
import { type Agreed, type Asked, agree } from "../../../init/contract/ring/agree.ts";
import { MOST_MEMBERS, type Nothing, type Saying } from "../../../init/contract/ring/bean.ts";
import type { RingProfile } from "../../profiles/ring.ts";
import type { Known, LivePod } from "../evidence.ts";
import { askMember } from "./memberStatus.ts";
import { findContradiction } from "./membership.ts";

export interface RingQuestion {
  /** the StatefulSet's name */
  readonly set: string;
  readonly pods: readonly Pick<LivePod, "name" | "ip">[];
  readonly ring: Pick<RingProfile, "status" | "readStatus" | "command">;
  /** asked at the same time as the pods */
  readonly record: Promise<Known<Record | null>>;
  readonly deadline: AbortSignal;
  /** milliseconds for each pod @default 2 s */
  readonly limitMs?: number;
}

/**
 * Asks every pod for what it says of the ring, by its IP: names of pods that are not ready need not resolve. The ring is
 * known where all who answer for it agree, and nobody is missing whom the record has as a member.
 */
export async function askRing({
  set,
  pods,
  ring: asked,
  record,
  deadline,
  limitMs,
}: RingQuestion): Promise<Agreed> {
  if (pods.length > MOST_MEMBERS) {
    return {
      unknown: `there are ${pods.length} pods of that name, more than any ring has (${MOST_MEMBERS})`,
    };
  }
  const limits = limitMs === undefined ? { deadline } : { deadline, limitMs };
  const says = async (ip: string | null): Promise<Saying | Nothing> => {
    if (ip === null) return { nothing: "its pod has no address, so it does not run" };
    const answer = await askMember({ host: ip, ...asked.status }, limits);
    return "body" in answer ? asked.readStatus(answer.body) : answer;
  };
  const all = pods.map(async ({ name, ip }): Promise<Asked> => ({ id: name, says: await says(ip) }));
  const answers = await Promise.all(all);
  const agreed = agree(answers);
  if ("unknown" in agreed) return agreed;
  const recorded = await record;
  if ("unknown" in recorded) {
    return {
      unknown: `whether anybody is missing is not known: its record could not be read: ${recorded.unknown}`,
    };
  }
  const why = findContradiction({
    ring: agreed.known,
    answers,
    record: recorded.known,
    set,
    command: asked.command,
  });
  return why === null ? agreed : { unknown: why };
}
