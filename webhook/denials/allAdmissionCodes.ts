// The codes of codes.ts and of all presets, for the documentation and for lookups by code.
import { WEBHOOK_PRESETS } from "../../presets/webhook.ts";
import { type CodeTable, INJECT_CODES } from "./codes.ts";

export const ALL_ADMISSION_CODES: CodeTable = Object.assign(
  {},
  INJECT_CODES,
  ...WEBHOOK_PRESETS.map(({ codes }) => codes),
);
