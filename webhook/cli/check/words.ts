// Words of `rollcall check`: what would change, and how to find out who is in a ring.

import type { StatefulSet } from "../../kubernetes/objects.ts";
import { readOrdinals } from "../../kubernetes/statefulSetPods.ts";
import type { SetReview } from "../../kubernetes/statefulSetReview.ts";
import { formatKubectl } from "../../scaleDown/commands.ts";
import { formatSize } from "../../scaleDown/messages.ts";
import type { ScaleDownReview } from "../../scaleDown/rule.ts";
import { getTargetSet } from "../../scaleDown/rule.ts";

/** "created", "deleted", "5 replicas → 3 replicas", "stays at 3 replicas" */
export function describeReplicaChange({ set, old }: Pick<SetReview, "set" | "old">): string {
  if (old === null) return set === null ? "" : `created with ${formatSize(readOrdinals(set))}`;
  if (set === null) return `deleted, it has ${sizeIn(old)}`;
  const [was, is] = [sizeIn(old), sizeIn(set)];
  return was === is ? `stays at ${is}` : `${was} → ${is}`;
}

/** A number that no file has is no answer. */
function sizeIn(set: StatefulSet): string {
  return typeof set.spec.replicas === "number" ? formatSize(readOrdinals(set)) : "replicas left out";
}

/** "StatefulSet shop/web, 5 replicas → 3 replicas" */
export function describeSizes(review: SetReview): string {
  return `StatefulSet ${review.namespace}/${review.name}, ${describeReplicaChange(review)}`;
}

/** What mode warn tells instead of a denial. */
export const isWouldDeny = (warning: string): boolean =>
  /^rollcall RC117 warn-mode: would deny/.test(warning);

/**
 * How to get what --ring wants. The bean is described in docs/research/ozone.md#members-over-http; the members' own
 * words on leader and term are what the webhook reads, too.
 */
export function explainRingExport(review: ScaleDownReview): string {
  const { name } = getTargetSet(review);
  const { port, path } = review.ring?.status ?? { port: 9874, path: "/jmx" };
  const forward = formatKubectl(review, "port-forward", `pod/${name}-0`, `${port}:${port}`);
  const bean = `curl -s 'http://localhost:${port}${path}'`;
  return [
    'Give --ring RING.json, {"leader":ID,"term":N,"members":[{"id":ID,"healthy":BOOL}]}: the leader (Role LEADER) names the ' +
      "others as Followers; healthy is who answers with the same LeaderId and CurrentTerm. Ask each pod",
    `  ${forward}`,
    `  ${bean}`,
  ].join("\n");
}
