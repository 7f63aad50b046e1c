// Names and codes of the denials and warnings of type Otobo. A code never changes and is never reused.
import { defineCodes } from "../../webhook/denials/codes.ts";

export const OTOBO_CODES = {
  "otobo-home-missing": {
    code: "RC129",
    says: "An OTOBO container does not mount the profile's home volume at /opt/otobo.",
  },
  "otobo-articles-local": {
    code: "RC130",
    says: "Several pods keep articles on a volume of their own, so each pod sees only its own articles.",
  },
  "otobo-template-issue": {
    code: "RC131",
    says: "A setting of the pod template or the profile does not suit OTOBO.",
  },
  "otobo-needs-s3": {
    code: "RC132",
    says: "Several OTOBO pods run without S3, so ACLs, processes and packages do not reach all of them.",
  },
  "otobo-needs-redis": {
    code: "RC139",
    says: "Several OTOBO pods run without Redis, so each would show what it has cached itself.",
  },
  "otobo-local-files": {
    code: "RC133",
    says: "Lists at apply which files OTOBO keeps in one pod only, and when they are lost.",
  },
  "otobo-watch-conflict": {
    code: "RC165",
    says: "The container that is to run the watcher of packages cannot get its postStart.",
  },
  "otobo-container-unlisted": {
    code: "RC137",
    says: "An OTOBO container is not in the profile's containers, so it gets no NodeID, settings or files.",
  },
} as const;

export const { deny: denyOtobo, formatWarning: formatOtoboWarning } = defineCodes(OTOBO_CODES);
