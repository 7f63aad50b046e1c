// Names and codes of the denials and warnings of type OzoneOM. A code never changes and is never reused.
import { defineCodes } from "../../webhook/denials/codes.ts";

export const OZONE_CODES = {
  "ozone-command-override": {
    code: "RC140",
    says: "The Ozone Manager's container has a command of its own, which bypasses the image's entrypoint.",
  },
  "ozone-config-file": {
    code: "RC141",
    says: "The Ozone Manager is configured by a file, which the image's entrypoint overwrites.",
  },
  "ozone-config-conflict": {
    code: "RC142",
    says: "The container sets the ring's service or a member's directories to other values than the profile.",
  },
  "ozone-service-missing": {
    code: "RC143",
    says: "The StatefulSet of a ring names no Service, so its members have no DNS names.",
  },
  "ozone-bootstrap-conflict": {
    code: "RC147",
    says: "Another container of a ring's pods would initialise or bootstrap the member, which Rollcall does.",
  },
} as const;

export const { deny: denyOzone, say: formatOzoneWarning } = defineCodes(OZONE_CODES);
