// The kind Otobo: an OTOBO without a shared file system.
import { definePreset } from "../../webhook/profiles/preset.ts";
import { OTOBO_CODES } from "./codes.ts";
import { compileOtobo } from "./profile/compile.ts";
import { otobo } from "./profile/schema.ts";

export const otoboPreset = definePreset({
  type: "Otobo",
  field: "otobo",
  kind: "otobo",
  schema: otobo,
  command: "otobo",
  cli: {
    adopt: {
      description: "print a profile for the volume of an OTOBO of docker-compose",
      load: async () => (await import("./cli/adopt/adopt.ts")).adopt,
    },
  },
  codes: OTOBO_CODES,
  compile: compileOtobo,
});
