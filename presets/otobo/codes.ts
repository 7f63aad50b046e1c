// Names and codes of the denials and warnings of type Otobo. A code never changes and is never reused.
import { defineCodes } from "../../webhook/denials/codes.ts";

export const OTOBO_CODES = {
  "otobo-home-missing": {
    code: "RC129",
    says: "A container of OTOBO does not mount the profile's home volume at /opt/otobo.",
  },
  "otobo-articles-local": {
    code: "RC130",
    says: "Articles are on each pod's own volume, and there is more than one pod, so each pod sees its own articles only.",
  },
  "otobo-template-issue": {
    code: "RC131",
    says: "The pod template has a setting with which OTOBO does not run well.",
  },
  "otobo-needs-s3": {
    code: "RC132",
    says: "OTOBO runs in more than one pod without S3, so ACLs, processes and packages do not reach all pods.",
  },
  "otobo-local-files": {
    code: "RC133",
    says: "What OTOBO keeps in files of one pod only, and what becomes of it; reported at apply.",
  },
  "otobo-container-unlisted": {
    code: "RC137",
    says: "A container of OTOBO is not in the profile's containers, so it gets no NodeID, settings or files.",
  },
} as const;

export const { deny: denyOtobo, say: formatOtoboWarning } = defineCodes(OTOBO_CODES);
