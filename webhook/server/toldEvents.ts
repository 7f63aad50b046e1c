// What is worth an Event, and on which object: denials by the guard, deletions that the brake holds, overrides that were
// used, what mode warn would have denied. A dry run is worth none (DESIGN: the server, sideEffects).
import { list, object, optional, readShape } from "../../init/contract/shape.ts";
import type { Served } from "../admission/route.ts";
import type { About, ClusterEvent } from "../cluster/events.ts";
import { ALL_INJECT_CODES } from "../denials/allCodes.ts";
import { say } from "../denials/codes.ts";
import { OWNER } from "../kubernetes/objects.ts";
import type { Confirmed, Told } from "../scaleDown/reviewScaleDown.ts";
import { outcomeOf } from "./outcome.ts";

const REASONS = {
  denied: "ChangeDenied",
  held: "DeletionHeld",
  "would-deny": "WouldDeny",
  overridden: "OverrideUsed",
} as const;

/** Of what the guard has decided on a StatefulSet or its scale, in words that the live one has confirmed. */
export function eventOfTold({ is, code, message, set }: Confirmed): ClusterEvent {
  return { type: "Warning", reason: REASONS[is], code, message, about: statefulSet(set) };
}

const owned = object({
  metadata: object({ ownerReferences: list(object({ ...OWNER, uid: optional(OWNER.uid) })) }),
});

/**
 * Of a pod that would have been denied but for mode warn: its controller shows the warning to nobody. Told where pods are
 * injected, not once more by the validating twin. Its words are the table's: a warning repeats what the pod says of itself.
 */
export function toldOfPod(served: Served): Pick<Told, "is" | "set" | "confirm"> | null {
  const { path, request } = served;
  const { decision, code } = outcomeOf(served);
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
  const message = say("warn-mode", `would deny: ${sentenceOf(code)}`);
  return { is: "would-deny", set, confirm: () => ({ is: "would-deny", code, message, set }) };
}

function sentenceOf(code: string): string {
  const found = Object.entries(ALL_INJECT_CODES).find(([, each]) => each.code === code);
  const [rule, { says }] = found ?? ["", { says: "A pod would have been denied." }];
  return (
    `rollcall ${code} ${rule}: ${says} What exactly is told to who applies the StatefulSet again, with ` +
    `kubectl apply --dry-run=server`
  );
}

const statefulSet = (set: Pick<About, "namespace" | "name" | "uid">): About => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  namespace: set.namespace,
  name: set.name,
  uid: set.uid,
});
