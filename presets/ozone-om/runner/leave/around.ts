// Who is to be out of the ring, and the one look at it that everything here begins with.

import type { Plan } from "../../../../init/contract/plan.ts";
import type { RingWorld } from "../../../../init/engine/ringPorts.ts";
import type { PlanOzone } from "../../contract/plan.ts";
import { askRing, askRoles } from "../ask.ts";
import { decideLeave, type LeaveDecision } from "./decide.ts";

export interface Around {
  readonly plan: Plan;
  readonly ozone: PlanOzone;
  readonly world: RingWorld;
  /** who is to be out: this pod's own member in a leave, any in an eviction */
  readonly id: string;
}

export interface Sight {
  readonly decision: LeaveDecision;
  /** leader and members; empty: nobody leads */
  readonly state: string;
}

/** Asks the ring, and decides; rejects never. @param before members that go first */
export async function sight({ ozone, world, id }: Around, before: readonly string[]): Promise<Sight> {
  const live = await askRing(ozone, id, world.askWeb);
  const roles = live.is === "led" ? await askRoles(ozone, live.ring.leader, world.askWeb) : null;
  const superset = ozone.members.map((member) => member.id);
  return {
    decision: decideLeave({ id, superset, live, roles, before }),
    state: live.is === "led" ? `${live.ring.leader} ${live.ring.members.map((member) => member.id)}` : "",
  };
}
