import { formatKubectl } from "../commands.ts";
import { buildMessage, groupCommands, openDenial } from "../messages.ts";
import { defineRule, getTargetSet, keepsProfile } from "../rule.ts";

const PUBLISH = JSON.stringify({ spec: { publishNotReadyAddresses: true } });

/**
 * A member that joins is not ready yet, and its peers must resolve its name (docs/research/ozone.md#static-superset).
 */
export const notReadyAddressesUnpublished = defineRule({
  name: "not-ready-addresses-unpublished",
  code: "RC026",
  says: "The Service of a ring does not publish members that are not ready, so no member could join.",
  needs: ["service"],
  assumes: (review, { service }) => {
    const name = getTargetSet(review).set.spec.serviceName ?? "";
    return service === null ? [`Service ${name} publishes addresses that are not ready`] : [];
  },
  appliesTo: (review) =>
    review.ring !== null && review.change.operation !== "DELETE" && !keepsProfile(review),
  evaluate: (review, { service }) => {
    if ("unknown" in service) return { unknown: `cannot read its Service: ${service.unknown}` };
    // it may be applied after its StatefulSet
    if (service.known === null || service.known.publishesNotReady) return null;
    const name = getTargetSet(review).set.spec.serviceName ?? "";
    return buildMessage(
      `${openDenial(review, `Service ${name} does not set publishNotReadyAddresses: true`)} A joining member is not ready yet, so its peers could not ` +
        "resolve its name, and it would never join. Patch the Service, then retry.",
      groupCommands(
        "Publishes members that are not ready:",
        formatKubectl(review, "patch", "service", name, "-p", PUBLISH),
      ),
    );
  },
});
