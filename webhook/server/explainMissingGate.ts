// Checks that the pod-deletion gate gets the deletions by the StatefulSet controller. Both the webhook configuration and
// ROLLCALL_CONTROLLER_USERS name the controller's users; if they differ, the gate never holds a deletion.
import type { WebhookConfiguration } from "../cluster/api.ts";

const GATE = "pods-deletion.validate.rollcall.dev";

/**
 * Why the webhook does not get deletions by the StatefulSet controller, as a sentence for readiness; null: it does. If the
 * entry was removed from the configuration, that is a decision of the admin and not a fault.
 */
export function explainMissingGate(
  { entries }: WebhookConfiguration,
  { configuration, controllerUsers }: { configuration: string; controllerUsers: readonly string[] },
): string | null {
  const gate = entries.find(({ name }) => name === GATE);
  if (gate === undefined) return null;
  const conditions = (gate.conditions ?? []).filter((text) => text.includes("request.userInfo.username"));
  const missing = controllerUsers.filter((user) => !conditions.every((text) => mentionsUser(text, user)));
  if (missing.length === 0) return null;
  return (
    `the matchConditions of ${GATE} in ValidatingWebhookConfiguration ${configuration} do not have ${missing.join(", ")} from ` +
    `ROLLCALL_CONTROLLER_USERS, so the controller could delete members that have not left: add the name (manifests/base/webhooks.yaml)`
  );
}

const mentionsUser = (expression: string, user: string): boolean =>
  expression.includes(`'${user}'`) || expression.includes(`"${user}"`);
