// The settings of this tree and its packages, written to the database and deployed; then the cache emptied. Once for
// each release and database (docs/research/otobo.md#the-rebuild-lock).
import { describeOtoboEnd } from "../otobo.ts";
import { CACHE, cacheAnswer } from "../probes/cache.ts";
import { locksAnswer, REMOVE_REBUILD_LOCK } from "../probes/locks.ts";
import { REBUILD, rebuildAnswer } from "../probes/rebuild.ts";
import type { StepImplementation } from "../step.ts";

const COMMAND = "Maint::Config::Rebuild";

export const rebuild: StepImplementation = {
  run: async (otobo) => {
    // we hold the lock of all pods, so whoever wrote the row is gone
    const removed = await otobo.ask(REMOVE_REBUILD_LOCK, locksAnswer);
    if ("why" in removed) return `the row RebuildConfig: ${removed.why}`;
    if (removed.answer.removed)
      otobo.say("removed the row RebuildConfig that a killed rebuild had left behind");
    // without --deploy-acls and --deploy-processes, which 11.1 has: the step acls-processes does that for all versions
    return describeOtoboEnd(COMMAND, await otobo.console(COMMAND));
  },
  verify: async ({ ask }) => {
    const request = await ask(REBUILD, rebuildAnswer);
    if ("why" in request) return `the settings could not be compared: ${request.why}`;
    const { wrong, dirty, row } = request.answer;
    if (wrong.length > 0)
      return `the database does not hold these settings as this tree does: ${wrong.join(", ")}`;
    if (dirty > 0) return `${dirty} settings are changed and not deployed`;
    return row ? "a rebuild has begun and not ended: its row RebuildConfig is still there" : null;
  },
};

export const cache: StepImplementation = {
  run: async (otobo) => describeOtoboEnd("Maint::Cache::Delete", await otobo.console("Maint::Cache::Delete")),
  verify: async ({ ask }) => {
    const request = await ask(CACHE, cacheAnswer, "look");
    if ("why" in request) return `the cache could not be asked: ${request.why}`;
    return request.answer.canary ? "the cache still holds what was put into it before this release" : null;
  },
};
