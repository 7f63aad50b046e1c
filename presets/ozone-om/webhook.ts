// The kind OzoneOM: the Ozone Managers of a ring.
import { definePreset } from "../../webhook/profiles/preset.ts";
import { OZONE_CODES } from "./codes.ts";
import { compileOzone } from "./profile/compile.ts";
import { ozoneOM } from "./profile/schema.ts";
import { OZONE_CHART } from "./webhook/ozoneChart.ts";
import { OM_COMMAND } from "./webhook/ring.ts";

export const ozonePreset = definePreset({
  type: "OzoneOM",
  field: "ozoneOM",
  kind: "ozone-om",
  schema: ozoneOM,
  command: OM_COMMAND,
  codes: OZONE_CODES,
  chart: OZONE_CHART,
  compile: compileOzone,
});
