// Writes the settings of this tree and its packages to the database, deploys them, and then empties the cache. Once per
// release and database (docs/research/otobo.md#the-rebuild-lock).
import { describeOtoboEnd } from "../otobo.ts";
import { CACHE, cacheAnswer } from "../probes/cache.ts";
import { locksAnswer, REMOVE_REBUILD_LOCK } from "../probes/locks.ts";
import { REBUILD, rebuildAnswer } from "../probes/rebuild.ts";
import type { StepImplementation } from "../step.ts";

const COMMAND = "Maint::Config::Rebuild";

export const rebuild: StepImplementation = {
  run: async (otobo) => {
    // this pod holds the StatefulSet's lock, so the rebuild that wrote the row has ended
    const removed = await otobo.ask(REMOVE_REBUILD_LOCK, locksAnswer);
    if ("why" in removed) return `the row RebuildConfig: ${removed.why}`;
    if (removed.answer.removed) otobo.say("removed the stale row RebuildConfig of a killed rebuild");
    // without the options --deploy-acls and --deploy-processes of 11.1: the step acls-processes does that for all
    // versions
    return describeOtoboEnd(COMMAND, await otobo.console(COMMAND));
  },
  verify: async ({ ask }) => {
    const request = await ask(REBUILD, rebuildAnswer);
    if ("why" in request) return `cannot compare the settings: ${request.why}`;
    const { wrong, dirty, row } = request.answer;
    if (wrong.length > 0)
      return `these settings differ between the database and this tree: ${wrong.join(", ")}`;
    if (dirty > 0) return `${dirty} settings are changed and not deployed`;
    return row ? "a rebuild has not completed: its row RebuildConfig still exists" : null;
  },
};

export const cache: StepImplementation = {
  run: async (otobo) => describeOtoboEnd("Maint::Cache::Delete", await otobo.console("Maint::Cache::Delete")),
  verify: async ({ ask }) => {
    const request = await ask(CACHE, cacheAnswer, "look");
    if ("why" in request) return `cannot read the cache: ${request.why}`;
    return request.answer.canary ? "the cache still holds entries from before this release" : null;
  },
};
