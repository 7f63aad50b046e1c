// What is worth an Event, and on which object: denials by the guard, deletions that the brake holds, overrides that were
// used, what mode warn would have denied. A dry run is worth none.
import { list, object, optional, readShape } from "../../init/contract/shape.ts";
import type { ServedRequest } from "../admission/route.ts";
import type { ClusterEvent, InvolvedObject } from "../cluster/events.ts";
import { ALL_ADMISSION_CODES } from "../denials/allAdmissionCodes.ts";
import { formatWarning } from "../denials/codes.ts";
import { OWNER } from "../kubernetes/objects.ts";
import type { ConfirmedOutcome, ReviewOutcome } from "../scaleDown/reviewScaleDown.ts";
import { classifyOutcome } from "./outcome.ts";

const REASONS = {
  denied: "ChangeDenied",
  held: "DeletionHeld",
  "would-deny": "WouldDeny",
  overridden: "OverrideUsed",
} as const;

/** Of what the guard has decided on a StatefulSet or its scale, in words that the live one has confirmed. */
export function toClusterEvent({ is, code, message, set }: ConfirmedOutcome): ClusterEvent {
  return { type: "Warning", reason: REASONS[is], code, message, about: statefulSet(set) };
}

const owned = object({
  metadata: object({ ownerReferences: list(object({ ...OWNER, uid: optional(OWNER.uid) })) }),
});

/**
 * Of a pod that would have been denied but for mode warn: its controller shows the warning to nobody. Told where pods are
 * injected, not once more by the validating twin. Its words are the table's: a warning repeats what the pod says of itself.
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
  // without a uid it might be any set of that name
  if (owner.uid === undefined || owner.uid === "") return null;
  const set = { namespace: request.namespace ?? "", name: owner.name, uid: owner.uid };
  const message = formatWarning("warn-mode", `would deny: ${describeCode(code)}`);
  return { is: "would-deny", set, confirm: () => ({ is: "would-deny", code, message, set }) };
}

function describeCode(code: string): string {
  const found = Object.entries(ALL_ADMISSION_CODES).find(([, each]) => each.code === code);
  const [rule, { says }] = found ?? ["", { says: "A pod would have been denied." }];
  return (
    `rollcall ${code} ${rule}: ${says} What exactly is told to who applies the StatefulSet again, with ` +
    `kubectl apply --dry-run=server`
  );
}

const statefulSet = (set: Pick<InvolvedObject, "namespace" | "name" | "uid">): InvolvedObject => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  namespace: set.namespace,
  name: set.name,
  uid: set.uid,
});
