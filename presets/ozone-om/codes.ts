// Names and codes of the denials and warnings of type OzoneOM. A code never changes and is never reused.
import { defineCodes } from "../../webhook/denials/codes.ts";

export const OZONE_CODES = {
  "ozone-command-override": {
    code: "RC140",
    says: "The Ozone Manager's container sets a command, which bypasses the image's entrypoint.",
  },
  "ozone-config-file": {
    code: "RC141",
    says: "A mounted file configures the Ozone Manager, and the image's entrypoint overwrites it or cannot write its own.",
  },
  "ozone-config-conflict": {
    code: "RC142",
    says: "Container and profile set different values for the ring's service, a member's directories or its web server.",
  },
  "ozone-service-missing": {
    code: "RC143",
    says: "The StatefulSet of a ring names no Service, so its members have no DNS names.",
  },
  "ozone-bootstrap-conflict": {
    code: "RC147",
    says: "Another container of the pod initialises or bootstraps the member, which only Rollcall may do.",
  },
  "ozone-membership-command": {
    code: "RC148",
    says: "A container, hook or Job runs a command that changes the ring's members beside Rollcall.",
  },
  "ozone-probe-needs-leader": {
    code: "RC149",
    says: "A probe waits for a leader, so members cannot start after all of them were down.",
  },
  "ozone-replicas-replaced": {
    code: "RC154",
    says: "An update replaces a number of replicas that was set by a scale, such as `kubectl scale`.",
  },
  "ozone-upgrade-unfinished": {
    code: "RC155",
    says: "A scale adds or removes members while an upgrade of Ozone is not finalized or not complete, so none can join.",
  },
  "ozone-log-purged": {
    code: "RC156",
    says: "A scale adds or removes members while the leader's Raft log is purged and Ozone lacks HDDS-16057, so none can join.",
  },
} as const;

export const { deny: denyOzone, formatWarning: formatOzoneWarning } = defineCodes(OZONE_CODES);
