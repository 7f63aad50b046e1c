// The migration of the database, if a profile allows it. Its script always exits 0, so its module's result and the
// tables are checked (docs/research/otobo.md#order).
import type { Otobo, WhyNot } from "../otobo.ts";
import { SCHEMA, schemaAnswer } from "../probes/schema.ts";
import type { StepImplementation } from "../step.ts";
import { config } from "./config.ts";

export const migrate: StepImplementation = {
  run: async (otobo, options) => {
    const request = await otobo.ask(SCHEMA, schemaAnswer, "run");
    // OTOBO's migrations edit Config.pm
    const unwritten = await config.run(otobo, options);
    if ("why" in request) return request.why;
    const { version, ran } = request.answer;
    otobo.say(ran ? `migrated to ${version}` : `this tree has no migration to ${version}: nothing to do`);
    return unwritten;
  },
  verify: async (otobo) => {
    const request = await otobo.ask(SCHEMA, schemaAnswer, "look");
    if ("why" in request) return request.why;
    const { version, migrated, missing } = request.answer;
    if (migrated !== version)
      return `the database was migrated to ${migrated || "nothing yet"}, not to ${version}`;
    return missing.length === 0 ? null : describeMissingTables(missing);
  },
};

/** Checks the tables, because each command of a newer tree would damage an older database further. */
export async function checkTables({ ask }: Otobo): Promise<WhyNot> {
  const request = await ask(SCHEMA, schemaAnswer, "look");
  if ("why" in request) return `cannot list the tables: ${request.why}`;
  const { missing, version } = request.answer;
  if (missing.length === 0) return null;
  return `${describeMissingTables(missing)}; if this is an update to ${version}, make a backup and set the profile's release.migrate: true`;
}

const describeMissingTables = (missing: readonly string[]): string =>
  `the database lacks ${missing.length} ${missing.length === 1 ? "table" : "tables"} of this release: ${missing.slice(0, 5).join(", ")}`;
