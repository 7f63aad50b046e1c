// What is worth an Event, and on which object: denials by the guard, deletions that the brake holds, overrides that were
// used, what mode warn would have denied, bad edits of the profiles. A dry run is worth none (DESIGN: the server, sideEffects).
import { flag, list, nullish, object, optional, readShape, text } from "../../init/contract/shape.ts";
import type { Served } from "../admission/route.ts";
import type { About, ClusterEvent } from "../cluster/events.ts";
import type { Told } from "../guard/review.ts";
import { INJECT_CODES, say } from "../inject/codes.ts";
import type { Change } from "../profiles/live.ts";
import { outcomeOf } from "./outcome.ts";

const REASONS = {
  denied: "ChangeDenied",
  held: "DeletionHeld",
  "would-deny": "WouldDeny",
  overridden: "OverrideUsed",
} as const;

/** Of what the guard has decided on a StatefulSet or its scale; it tells of no dry run. */
export function eventOfTold({ is, denial, message, set }: Told): ClusterEvent {
  return { type: "Warning", reason: REASONS[is], code: denial.code, message, about: statefulSet(set) };
}

const owned = object({
  metadata: object({
    ownerReferences: list(
      object({
        apiVersion: text(),
        kind: text(),
        name: text(),
        uid: optional(text()),
        controller: nullish(flag()),
      }),
    ),
  }),
});

/**
 * Of a pod that would have been denied but for mode warn: its controller shows the warning to nobody. Told where pods are
 * injected, not once more by the validating twin.
 */
export function eventOfPod(served: Served): ClusterEvent | null {
  const { path, request, answer } = served;
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
  const set = { namespace: request.namespace ?? "", name: owner.name, uid: owner.uid ?? null };
  const message = (answer?.warnings ?? []).join("\n");
  return { type: "Warning", reason: "WouldDeny", code, message, about: statefulSet(set) };
}

/**
 * Of an edit of the profiles that was refused.
 * @param given.map the ConfigMap that holds it
 * @param given.haveGood whether there are earlier ones
 */
export function eventOfProfiles(
  { lines }: Extract<Change, { is: "refused" }>,
  given: { map: About; haveGood: boolean },
): ClusterEvent {
  const meanwhile = given.haveGood
    ? "the last good ones stay in force"
    : "there are no others, so labelled pods are refused";
  const message = say(
    "profiles-refused",
    `${meanwhile}; correct the key profiles.yaml:\n${lines.join("\n")}`,
  );
  const { code } = INJECT_CODES["profiles-refused"];
  return { type: "Warning", reason: "ProfilesRefused", code, message, about: given.map };
}

const statefulSet = (set: Pick<About, "namespace" | "name" | "uid">): About => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  namespace: set.namespace,
  name: set.name,
  uid: set.uid,
});
