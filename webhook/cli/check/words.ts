// Words of `rollcall check`: what would change, and how to find out who is in a ring.

import type { StatefulSet } from "../../kubernetes/objects.ts";
import { ordinalsOf } from "../../kubernetes/statefulSetPods.ts";
import type { SetReview } from "../../kubernetes/statefulSetReview.ts";
import { kubectl } from "../../scaleDown/commands.ts";
import { sizeOf } from "../../scaleDown/messages.ts";
import type { Case } from "../../scaleDown/rule.ts";
import { subjectOf } from "../../scaleDown/rule.ts";

/** "created", "deleted", "5 replicas → 3 replicas", "stays at 3 replicas" */
export function changeIn({ set, old }: Pick<SetReview, "set" | "old">): string {
  if (old === null) return set === null ? "" : `created with ${sizeOf(ordinalsOf(set))}`;
  if (set === null) return `deleted, it has ${sizeIn(old)}`;
  const [was, is] = [sizeIn(old), sizeIn(set)];
  return was === is ? `stays at ${is}` : `${was} → ${is}`;
}

/** A number that no file has is no answer. */
function sizeIn(set: StatefulSet): string {
  return typeof set.spec.replicas === "number" ? sizeOf(ordinalsOf(set)) : "replicas left out";
}

/** "StatefulSet shop/web, 5 replicas → 3 replicas" */
export function sizesOf(review: SetReview): string {
  return `StatefulSet ${review.namespace}/${review.name}, ${changeIn(review)}`;
}

/** What mode warn tells instead of a denial. */
export const isWouldDeny = (warning: string): boolean =>
  /^rollcall RC117 warn-mode: would deny/.test(warning);

/**
 * How to get what --ring wants. The bean is described in docs/research/ozone.md#members-over-http; the members' own
 * words on leader and term are what the webhook reads, too.
 */
export function howToGetTheRing(asked: Case): string {
  const { name } = subjectOf(asked);
  const { port, path } = asked.ring?.status ?? { port: 9874, path: "/jmx" };
  const forward = kubectl(asked, "port-forward", `pod/${name}-0`, `${port}:${port}`);
  const bean = `curl -s 'http://localhost:${port}${path}'`;
  return [
    'Give --ring RING.json, {"leader":ID,"term":N,"members":[{"id":ID,"healthy":BOOL}]}: the leader (Role LEADER) names the ' +
      "others as Followers; healthy is who answers with the same LeaderId and CurrentTerm. Ask each pod",
    `  ${forward}`,
    `  ${bean}`,
  ].join("\n");
}
