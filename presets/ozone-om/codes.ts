// Names and codes of what is denied or warned of for a ring of Ozone Managers alone. A code never changes and is never used again.
import { defineCodes } from "../../webhook/denials/codes.ts";

export const OZONE_CODES = {
  "ozone-command-override": {
    code: "RC140",
    says: "The Ozone Manager's container has a command of its own, which goes past the image's entrypoint.",
  },
  "ozone-config-file": {
    code: "RC141",
    says: "The Ozone Manager is configured by a file, which the image's entrypoint replaces.",
  },
  "ozone-config-conflict": {
    code: "RC142",
    says: "The container sets the ring's service or a member's folders otherwise than the profile.",
  },
  "ozone-service-missing": {
    code: "RC143",
    says: "The StatefulSet of a ring names no Service, so its members have no addresses.",
  },
  "ozone-bootstrap-conflict": {
    code: "RC147",
    says: "Another container of a ring's pods would initialise or bootstrap the member, beside Rollcall.",
  },
} as const;

export const { deny, say } = defineCodes(OZONE_CODES);
