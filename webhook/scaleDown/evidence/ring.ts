// Queries the ring from all its pods at the same time, for each decision anew.
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
  /** read at the same time */
  readonly record: Promise<Known<Record | null>>;
  readonly deadline: AbortSignal;
  /** milliseconds for each pod @default 2 s */
  readonly limitMs?: number;
}

/**
 * Queries every pod by its IP, since the names of pods that are not ready may not resolve. The ring is known if all
 * answers agree and no recorded member is missing.
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
      unknown: `the StatefulSet has ${pods.length} pods, and a ring has at most ${MOST_MEMBERS} members`,
    };
  }
  const limits = limitMs === undefined ? { deadline } : { deadline, limitMs };
  const says = async (ip: string | null): Promise<Saying | Nothing> => {
    if (ip === null) return { nothing: "its pod has no IP address" };
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
      unknown: `cannot read the record, so members may be missing: ${recorded.unknown}`,
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
