import { kubectl } from "../commands.ts";
import { message, setOf } from "../messages.ts";
import { rule, subjectOf, wasPicked } from "../rule.ts";

const PUBLISH = JSON.stringify({ spec: { publishNotReadyAddresses: true } });

/**
 * A member that joins is not ready yet, and its peers must find it by name (docs/research/ozone.md#static-superset).
 */
export const notReadyAddressesUnpublished = rule({
  name: "not-ready-addresses-unpublished",
  code: "RC026",
  says: "The Service of a ring does not publish members that are not ready, so nobody could ever join.",
  needs: ["service"],
  assumes: (asked, { service }) => {
    const name = subjectOf(asked).set.spec.serviceName ?? "";
    return service === null ? [`Service ${name} publishes members that are not ready yet`] : [];
  },
  concerns: (asked) => asked.ring !== null && asked.change.operation !== "DELETE" && !wasPicked(asked),
  decide: (asked, { service }) => {
    if ("unknown" in service) return { unknown: `its Service could not be read: ${service.unknown}` };
    // one that is applied after its StatefulSet is no fault
    if (service.known === null || service.known.publishesNotReady) return null;
    const name = subjectOf(asked).set.spec.serviceName ?? "";
    return message(
      `${setOf(asked)}: Service ${name} has no publishNotReadyAddresses: true, so a member that joins could not be found by its peers ` +
        `before it is ready, and would never be`,
      kubectl(asked, "patch", "service", name, "-p", PUBLISH),
    );
  },
});
