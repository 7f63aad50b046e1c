// Queries the ring from all its pods at the same time, for each decision anew.
import type { WorkloadRecord } from "../../../init/contract/record.ts";
import { agree, type MemberAnswer, type Ring } from "../../../init/contract/ring/agree.ts";
import { type MemberStatus, MOST_MEMBERS, type Unreachable } from "../../../init/contract/ring/bean.ts";
import type { RingProfile } from "../../profiles/ringProfile.ts";
import type { KnownOrUnknown, LivePod } from "../evidence.ts";
import { queryMember } from "./memberStatus.ts";
import { findContradiction } from "./membership.ts";

export interface RingQuestion {
  /** the StatefulSet's name */
  readonly set: string;
  readonly namespace: string;
  /** of the StatefulSet; "" without one */
  readonly serviceName: string;
  readonly pods: readonly Pick<LivePod, "name" | "ip">[];
  readonly ring: Pick<RingProfile, "status" | "readStatus" | "command">;
  /** read at the same time */
  readonly record: Promise<KnownOrUnknown<WorkloadRecord | null>>;
  readonly deadline: AbortSignal;
  /** milliseconds for each pod @default 2 s */
  readonly limitMs?: number;
}

/**
 * Queries every pod by its IP, since the names of pods that are not ready may not resolve. The ring is known if all
 * answers agree and no recorded member is missing.
 */
export async function gatherRing({
  set,
  namespace,
  serviceName,
  pods,
  ring: asked,
  record,
  deadline,
  limitMs,
}: RingQuestion): Promise<KnownOrUnknown<Ring>> {
  if (pods.length > MOST_MEMBERS) {
    return {
      unknown: `the StatefulSet has ${pods.length} pods, and a ring has at most ${MOST_MEMBERS} members`,
    };
  }
  const limits = limitMs === undefined ? { deadline } : { deadline, limitMs };
  const { port, path, tls } = asked.status;
  const says = async (pod: string, ip: string | null): Promise<MemberStatus | Unreachable> => {
    if (ip === null) return { nothing: "its pod has no IP address" };
    const secure = tls && { ca: tls.ca, serverName: tls.getServerName({ pod, serviceName, namespace }) };
    const answer = await queryMember({ host: ip, port, path, secure: secure ?? null }, limits);
    return "body" in answer ? asked.readStatus(answer.body) : answer;
  };
  const all = pods.map(
    async ({ name, ip }): Promise<MemberAnswer> => ({ id: name, says: await says(name, ip) }),
  );
  const answers = await Promise.all(all);
  const agreed = agree(answers);
  // in full, since the sentence of the agreement is cut after ten members
  const unanswered = answers.flatMap(({ id, says }) => ("nothing" in says ? [id] : []));
  if ("unknown" in agreed) return { ...agreed, unanswered };
  const recorded = await record;
  if ("unknown" in recorded) {
    return {
      ...recorded,
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
  return why === null ? agreed : { unknown: why, unanswered };
}
