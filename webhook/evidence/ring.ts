// The ring, asked of all its pods at once when a decision needs it (DESIGN: the guard caches nothing).
import { type Agreed, type Asked, agree } from "../../init/contract/ring/agree.ts";
import { MOST_MEMBERS, type Nothing, type Saying, sayingOf } from "../../init/contract/ring/bean.ts";
import type { LivePod } from "../guard/evidence.ts";
import type { OzoneProfile } from "../profiles/ozone.ts";
import { askMember } from "./jmx.ts";

/**
 * Asks every pod for what it says of the ring, by its IP: names of pods that are not ready need not resolve.
 * @param limitMs for each pod @default 2 s
 */
export async function askRing(
  pods: readonly Pick<LivePod, "name" | "ip">[],
  { serviceId, ports }: Pick<OzoneProfile, "serviceId" | "ports">,
  { deadline, limitMs }: { deadline: AbortSignal; limitMs?: number },
): Promise<Agreed> {
  if (pods.length > MOST_MEMBERS) {
    return {
      unknown: `there are ${pods.length} pods of that name, more than any ring has (${MOST_MEMBERS})`,
    };
  }
  const limits = limitMs === undefined ? { deadline } : { deadline, limitMs };
  const says = async (ip: string | null): Promise<Saying | Nothing> => {
    if (ip === null) return { nothing: "its pod has no address, so it does not run" };
    const answer = await askMember({ host: ip, port: ports.http }, limits);
    return "body" in answer ? sayingOf(answer.body, serviceId) : answer;
  };
  const all = pods.map(async ({ name, ip }): Promise<Asked> => ({ id: name, says: await says(ip) }));
  return agree(await Promise.all(all));
}
