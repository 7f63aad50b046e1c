// The codes of injection and of all presets, for documents and for what is known by its code alone.
import { WEBHOOK_PRESETS } from "../../presets/webhook.ts";
import { type CodeTable, INJECT_CODES } from "./codes.ts";

export const ALL_INJECT_CODES: CodeTable = Object.assign(
  {},
  INJECT_CODES,
  ...WEBHOOK_PRESETS.map(({ codes }) => codes),
);
