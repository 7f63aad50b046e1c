// Whether the brake is asked at all: the webhook configuration sends it deletions by certain users only, and which users the
// StatefulSet controller has is a setting of ours, too. Where the two differ, no deletion of a pod would ever be held.
import type { WebhookConfiguration } from "../cluster/api.ts";

const BRAKE = "pods-deletion.validate.rollcall.dev";

/**
 * Why deletions by the StatefulSet controller do not come here, in a sentence for readiness; null: they do. An entry that
 * somebody has taken out is a decision, and not told here.
 */
export function explainMissingGate(
  { entries }: WebhookConfiguration,
  { configuration, controllerUsers }: { configuration: string; controllerUsers: readonly string[] },
): string | null {
  const brake = entries.find(({ name }) => name === BRAKE);
  if (brake === undefined) return null;
  const conditions = (brake.conditions ?? []).filter((text) => text.includes("request.userInfo.username"));
  const missing = controllerUsers.filter((user) => !conditions.every((text) => names(text, user)));
  if (missing.length === 0) return null;
  return (
    `ROLLCALL_CONTROLLER_USERS has ${missing.join(", ")}, and the matchConditions of ${BRAKE} in ValidatingWebhookConfiguration ` +
    `${configuration} do not, so members that have not left would be deleted unasked: add the name there, too (manifests/base/webhooks.yaml)`
  );
}

const names = (expression: string, user: string): boolean =>
  expression.includes(`'${user}'`) || expression.includes(`"${user}"`);
