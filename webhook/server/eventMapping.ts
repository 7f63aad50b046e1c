// Maps outcomes to Events: denials by the guard, deletions held by the pod-deletion gate, used overrides, and what mode Warn
// would deny. Dry runs emit no Events.
import { list, object, optional, readShape } from "../../init/contract/shape.ts";
import type { ServedRequest } from "../admission/route.ts";
import type { ClusterEvent, InvolvedObject } from "../cluster/events.ts";
import { ALL_ADMISSION_CODES } from "../denials/allAdmissionCodes.ts";
import { formatWarning } from "../denials/codes.ts";
import { OWNER } from "../kubernetes/objects.ts";
import type { ConfirmedOutcome, ReviewOutcome } from "../scaleDown/reviewOutcome.ts";
import { classifyOutcome } from "./outcome.ts";

const REASONS = {
  denied: "ChangeDenied",
  held: "DeletionHeld",
  "would-deny": "WouldDeny",
  overridden: "OverrideUsed",
} as const;

/** The Event for a decision of the guard, after it was confirmed with the stored StatefulSet. */
export function toClusterEvent({ is, code, message, set }: ConfirmedOutcome): ClusterEvent {
  return { type: "Warning", reason: REASONS[is], code, message, about: statefulSet(set) };
}

const owned = object({
  metadata: object({ ownerReferences: list(object({ ...OWNER, uid: optional(OWNER.uid) })) }),
});

/**
 * The outcome for a pod that mode Warn admits although it would be denied: its controller does not show warnings to users.
 * Emitted on /mutate only, not again on /validate. The text is that of the code table, since warnings may quote the pod.
 */
export function readPodOutcome(served: ServedRequest): Pick<ReviewOutcome, "is" | "set" | "confirm"> | null {
  const { path, request } = served;
  const { decision, code } = classifyOutcome(served);
  if (path !== "/mutate" || request === null || request.dryRun === true || decision !== "would-deny") {
    return null;
  }
  const read = readShape(owned, request.object);
  const owner =
    "value" in read
      ? read.value.metadata.ownerReferences.find(({ controller }) => controller === true)
      : undefined;
  if (owner === undefined || owner.kind !== "StatefulSet" || !owner.apiVersion.startsWith("apps/"))
    return null;
  // without a uid another StatefulSet of that name could be meant
  if (owner.uid === undefined || owner.uid === "") return null;
  const set = { namespace: request.namespace ?? "", name: owner.name, uid: owner.uid };
  const message = formatWarning("warn-mode", `would deny: ${describeCode(code)}`);
  return { is: "would-deny", set, confirm: () => ({ is: "would-deny", code, message, set }) };
}

function describeCode(code: string): string {
  const found = Object.entries(ALL_ADMISSION_CODES).find(([, each]) => each.code === code);
  const [rule, { says }] = found ?? ["", { says: "A pod would be denied." }];
  return `rollcall ${code} ${rule}: ${says} For details, apply the StatefulSet with kubectl apply --dry-run=server`;
}

const statefulSet = (set: Pick<InvolvedObject, "namespace" | "name" | "uid">): InvolvedObject => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  namespace: set.namespace,
  name: set.name,
  uid: set.uid,
});
