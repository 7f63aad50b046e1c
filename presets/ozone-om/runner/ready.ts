// The readiness of a member: it knows a leader, or fewer than a majority of its ring's members answer. Without the
// second condition OrderedReady would never start more than the first member after all were down
// (docs/research/ozone.md#measured-in-pods).

import {
  BEAN_QUERY,
  type MemberStatus,
  parseMemberStatus,
  type Unreachable,
} from "../../../init/contract/ring/bean.ts";
import { computeMajority, isMajority } from "../../../init/contract/ring/majority.ts";
import type { RingWorld } from "../../../init/engine/ringPorts.ts";
import type { PlanOzone } from "../contract/plan.ts";
import { readOwnDisk } from "./context.ts";

export interface Readiness {
  schema: 1;
  ready: boolean;
  why: string;
}

/** Queries the member itself, and the other members only if it knows no leader. */
export async function checkReadiness(ozone: PlanOzone, me: string, world: RingWorld): Promise<Readiness> {
  const buildReadiness = (ready: boolean, why: string): Readiness => ({ schema: 1, ready, why });
  const mine = await askOne(ozone, me, world);
  if ("nothing" in mine) return buildReadiness(false, `${me}: ${mine.nothing}`);
  const { role, leaderId, term } = mine;
  if (leaderId !== null)
    return buildReadiness(true, `${me} is ${role} in term ${term}, the leader is ${leaderId}`);
  const disk = await readOwnDisk({ ozone, world });
  if ("unreadable" in disk) return buildReadiness(false, `${me} knows no leader, and ${disk.unreadable}`);
  if (disk.raft.is !== "whole") return buildReadiness(false, `${me} knows no leader and is in no ring yet`);
  const { peers } = disk.raft.conf;
  const others = peers.filter((id) => id !== me);
  const statuses = await Promise.all(others.map((id) => askOne(ozone, id, world)));
  const excluding = statuses.find((says) => leadsWithout(says, me));
  if (excluding !== undefined && "id" in excluding)
    return buildReadiness(
      false,
      `${me} knows no leader, and ${excluding.id} leads a ring that does not list it: ${listRing(excluding)}. Delete the pod ${me}, and it joins that ring`,
    );
  const reachable = 1 + statuses.filter((says) => !("nothing" in says)).length;
  const how = `${me} knows no leader, and ${reachable} of its ring's ${peers.length} members answer`;
  const isElection = isMajority(reachable, peers.length);
  return isElection
    ? buildReadiness(false, `${how}: an election is expected`)
    : buildReadiness(
        true,
        `${how}: ${computeMajority(peers.length)} are needed, so the others may be waiting for this one`,
      );
}

/** Whether it leads a ring without this member, which was started from its own disk while no member answered. */
const leadsWithout = (says: MemberStatus | Unreachable, me: string): boolean =>
  !("nothing" in says) && says.followers !== null && !says.followers.includes(me);

const listRing = ({ id, followers }: MemberStatus): string =>
  [id, ...(followers ?? [])].toSorted().join(", ");

async function askOne(
  { members, serviceId }: PlanOzone,
  id: string,
  { askWeb }: Pick<RingWorld, "askWeb">,
): Promise<MemberStatus | Unreachable> {
  const at = members.find((member) => member.id === id);
  if (at === undefined) return { nothing: "the plan does not list it" };
  const answer = await askWeb(`${at.web.replace(/\/+$/, "")}${BEAN_QUERY}`);
  if (answer.is !== "answer") return { nothing: answer.why };
  if (answer.status !== 200) return { nothing: `it answers ${answer.status}` };
  const says = parseMemberStatus(answer.body, serviceId);
  return "nothing" in says || says.id === id ? says : { nothing: `it answers as ${says.id}` };
}

/** The kubelet's Events show a probe's output. */
export const formatReadiness = ({ ready, why }: Readiness): string => `${ready ? "√" : "×"} ${why}\n`;
