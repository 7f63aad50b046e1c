// Phrases of `rollcall check`: the change, and how to find out the members of a ring.

import type { StatefulSet } from "../../kubernetes/objects.ts";
import { readOrdinals } from "../../kubernetes/statefulSetPods.ts";
import type { SetReview } from "../../kubernetes/statefulSetReview.ts";
import type { StatusEndpoint } from "../../profiles/ringProfile.ts";
import { formatKubectl } from "../../scaleDown/commands.ts";
import { formatSize } from "../../scaleDown/messages.ts";
import type { ScaleDownReview } from "../../scaleDown/rule.ts";
import { getTargetSet } from "../../scaleDown/rule.ts";

/** "created", "deleted", "5 replicas → 3 replicas", "stays at 3 replicas" */
export function describeReplicaChange({ set, old }: Pick<SetReview, "set" | "old">): string {
  if (old === null) return set === null ? "" : `created with ${formatSize(readOrdinals(set))}`;
  if (set === null) return `deleted, it has ${describeSize(old)}`;
  const [before, after] = [describeSize(old), describeSize(set)];
  return before === after ? `stays at ${after}` : `${before} → ${after}`;
}

function describeSize(set: StatefulSet): string {
  return typeof set.spec.replicas === "number" ? formatSize(readOrdinals(set)) : "unknown replicas";
}

/** "StatefulSet shop/web, 5 replicas → 3 replicas" */
export function describeSizes(review: SetReview): string {
  return `StatefulSet ${review.namespace}/${review.name}, ${describeReplicaChange(review)}`;
}

/** Whether a warning takes the place of a denial in mode Warn. */
export const isWouldDeny = (warning: string): boolean =>
  /^rollcall RC117 warn-mode: would deny/.test(warning);

/**
 * How to write the file for --ring. The webhook reads the same JMX bean (docs/research/ozone.md#members-over-http).
 */
export function explainRingExport(review: ScaleDownReview): string {
  const { name, ordinals } = getTargetSet(review);
  const { port, path, tls }: StatusEndpoint = review.ring?.status ?? { port: 9874, path: "/jmx" };
  const forward = formatKubectl(review, "port-forward", `pod/${name}-${ordinals.start}`, `${port}:${port}`);
  // the connection is the API server's, and no certificate names localhost
  const bean = `curl -s ${tls === undefined ? "'http" : "-k 'https"}://localhost:${port}${path}'`;
  return [
    'Set --ring RING.json, {"leader":ID,"term":N,"members":[{"id":ID,"healthy":BOOL}]}: the leader (Role LEADER) lists the ' +
      "others as Followers; a member is healthy if it returns the same LeaderId and CurrentTerm. Query each pod:",
    `  ${forward}`,
    `  ${bean}`,
  ].join("\n");
}
