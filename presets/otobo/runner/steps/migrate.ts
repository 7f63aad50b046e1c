// The migration of the database, where a profile allows it: its script exits 0 whatever happened, so its module's word
// and the tables count (docs/research/otobo.md#order).
import type { Otobo, WhyNot } from "../otobo.ts";
import { SCHEMA, schemaAnswer } from "../probes/schema.ts";
import type { StepImplementation } from "../step.ts";

export const migrate: StepImplementation = {
  run: async ({ ask, say }) => {
    const request = await ask(SCHEMA, schemaAnswer, "run");
    if ("why" in request) return request.why;
    const { version, ran } = request.answer;
    say(ran ? `migrated to ${version}` : `this tree has no migration to ${version}: nothing to do`);
    return null;
  },
  verify: async (otobo) => {
    const request = await otobo.ask(SCHEMA, schemaAnswer, "look");
    if ("why" in request) return request.why;
    const { version, migrated, missing } = request.answer;
    if (migrated !== version)
      return `the database was migrated to ${migrated || "nothing yet"}, not to ${version}`;
    return missing.length === 0 ? null : lacking(missing);
  },
};

/** A tree on a database of an older one breaks it further with every command. */
export async function checkTables({ ask }: Otobo): Promise<WhyNot> {
  const request = await ask(SCHEMA, schemaAnswer, "look");
  if ("why" in request) return `the tables could not be listed: ${request.why}`;
  const { missing, version } = request.answer;
  if (missing.length === 0) return null;
  return `${lacking(missing)}; if this is an update to ${version}, make a backup and set the profile's release.migrate: true`;
}

const lacking = (missing: readonly string[]): string =>
  `the database lacks ${missing.length} ${missing.length === 1 ? "table" : "tables"} of this release: ${missing.slice(0, 5).join(", ")}`;
