// Names and codes of what is denied or warned of for OTOBO alone. A code never changes and is never used again.
import { defineCodes } from "../../webhook/denials/codes.ts";

export const OTOBO_CODES = {
  "otobo-home-missing": {
    code: "RC129",
    says: "A container of OTOBO does not mount the profile's home volume at /opt/otobo.",
  },
  "otobo-articles-local": {
    code: "RC130",
    says: "Articles on a pod's own volume, and more than one pod: each would see its own only.",
  },
  "otobo-template-issue": {
    code: "RC131",
    says: "Something in the pod template with which OTOBO does not run well.",
  },
  "otobo-needs-s3": {
    code: "RC132",
    says: "More than one pod of an OTOBO without S3, by which alone ACLs, processes and packages come to all pods.",
  },
  "otobo-local-files": {
    code: "RC133",
    says: "What OTOBO keeps in a pod's own files only, and what becomes of it: told at apply.",
  },
  "otobo-container-unlisted": {
    code: "RC137",
    says: "A container of OTOBO is not among the profile's containers, so it gets no number, settings or files.",
  },
} as const;

export const { deny, say } = defineCodes(OTOBO_CODES);
