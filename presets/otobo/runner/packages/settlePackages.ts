// What is done once for a set of packages, by one pod under the StatefulSet's lock: the settings of the packages' XML
// files are in the database and deployed, and the cache holds nothing from before. The web server that installed a
// package has run its database code, and has deployed its settings, so this mostly proves that.
import type { Plan } from "../../../../init/contract/plan.ts";
import { computeReleaseId } from "../../../../init/contract/record.ts";
import type { LeaseHandle } from "../../../../init/engine/lock/holdLock.ts";
import { prepareLock } from "../../../../init/engine/lock/open.ts";
import { withLock } from "../../../../init/engine/lock/withLock.ts";
import type { World } from "../../../../init/engine/ports.ts";
import type { RecordStore } from "../../../../init/engine/record/recordStore.ts";
import { readReleaseInPod } from "../../../../init/engine/release/readReleaseInPod.ts";
import { checkRevision } from "../../../../init/engine/release/revision.ts";
import type { Otobo, WhyNot } from "../otobo.ts";
import { NOTES, notesAnswer } from "../probes/notes.ts";
import { readRelease } from "../release.ts";
import type { StepOptions } from "../step.ts";
import { checkPackagesInDatabase, INSTALLED, readOwed } from "../steps/packages.ts";
import { cache, rebuild } from "../steps/rebuild.ts";
import { withSettled } from "./packageRecord.ts";
import { readPackageRows } from "./readPackageRows.ts";
import { computeSetId } from "./takeRound.ts";

/** Another pod may be doing a release; the next round tries again. */
const PATIENCE_MS = 60_000;
/**
 * OTOBO's upgrade of a package sets its row to installed first, and then runs the package's own code, changes the database
 * and deploys: for so long that is left to it.
 */
const OWN_DEPLOYMENT_MS = 5 * 60_000;

interface SettleInput {
  otobo: Otobo;
  options: StepOptions;
  plan: Plan;
  world: World;
  records: RecordStore;
  /** the set whose files this pod has */
  id: string;
  /** for how long the set has been the one in the database, as far as this pod has seen */
  ageMs: number;
}

/** @returns null: it is settled, by this pod or another, or is left to a release that is in progress */
export async function settlePackages(input: SettleInput): Promise<WhyNot> {
  const { plan, world, records, id } = input;
  const read = await records.read();
  if ("failure" in read) return "the record of the StatefulSet cannot be read";
  if (read.record.content?.settled?.id === id) return null;
  // a pod of a newer revision does the steps of its own release, which include this
  const newest = world.askApi === null ? null : await checkRevision(plan, world.askApi);
  if (newest?.is === "older") return null;
  const isStillWanted = async (): Promise<boolean> => {
    const now = await records.read();
    return !("record" in now) || now.record.content?.settled?.id !== id;
  };
  const began = world.monotonic();
  const result = await withLock(
    {
      plan,
      world,
      open: prepareLock(plan, world),
      what: "packages",
      began,
      deadline: began + PATIENCE_MS,
      lastFence: read.record.fence,
      isStillWanted,
    },
    async (lease) => ({ why: (await isStillWanted()) ? await settle(input, lease) : null }),
  );
  if (result === "not-wanted") return null;
  return "failure" in result ? `the lock of the StatefulSet: ${result.failure.name}` : result.why;
}

async function settle(
  { otobo, options, plan, world, records, id, ageMs }: SettleInput,
  lease: LeaseHandle,
): Promise<WhyNot> {
  const undeployed = await deploySettings(otobo, options, ageMs);
  if (undeployed !== null) return undeployed;
  // pods with the old files may have filled it since the installation
  const uncached = await cache.run(otobo, options);
  if (uncached !== null) return uncached;
  if (lease.lost.aborted) return "the lock of the StatefulSet was lost";
  const release = await noteRelease(otobo, { plan, world, id });
  if (typeof release === "object" && release !== null) return release.why;
  const { pod } = plan.identity;
  const at = world.now().toISOString();
  const changed = await records.change(lease.fence, (record) =>
    withSettled(record, { id, at, pod }, { release, fence: lease.fence }),
  );
  if (!("record" in changed)) return "the record of the StatefulSet cannot be written";
  otobo.say(`packages ${id}: settled for all pods`);
  return null;
}

/** Proves that the packages' settings are deployed, and deploys them if OTOBO itself has not. */
export async function deploySettings(otobo: Otobo, options: StepOptions, ageMs: number): Promise<WhyNot> {
  const outdated = await rebuild.verify(otobo, options);
  if (outdated === null) return null;
  if (ageMs < OWN_DEPLOYMENT_MS) return `the packages' settings are not deployed yet: ${outdated}`;
  otobo.say(`the packages' settings are deployed again: ${outdated}`);
  const complaint = await rebuild.run(otobo, options);
  const why = await rebuild.verify(otobo, options);
  return why === null ? null : (complaint ?? why);
}

/**
 * The id of the release with the new set, with the note that lets its step `reinstall` verify.
 * @returns null: that release is left to a start
 */
export async function noteRelease(
  otobo: Otobo,
  { plan, world, id }: Pick<SettleInput, "plan" | "world" | "id">,
): Promise<string | null | { why: string }> {
  const names = plan.steps.filter(({ scope }) => scope === "release").map(({ name }) => name);
  // an upgrade from online repositories belongs to a start
  if (!names.includes("reinstall") || names.includes("upgrade")) return null;
  const wrong = await checkPackagesInDatabase(otobo);
  if (wrong !== null) return { why: wrong };
  const owed = await readOwed(otobo);
  if ("why" in owed) return owed;
  if (owed.isOwed) {
    otobo.say(
      "Admin::Package::ReinstallAll is owed: the next start of a pod does the release with these packages",
    );
    return null;
  }
  const own = await readRelease(otobo);
  if ("why" in own) return own;
  const changed = await checkSetUnchanged(otobo, id);
  if (changed !== null) return { why: changed };
  const noted = await otobo.ask(NOTES, notesAnswer, INSTALLED, own.id);
  if ("why" in noted) return noted;
  const read = await readReleaseInPod(plan, world, () => undefined);
  if ("failure" in read) return { why: "the release's id cannot be read" };
  const changedSince = await checkSetUnchanged(otobo, id);
  return changedSince === null ? computeReleaseId({ ...plan, release: read.release }) : { why: changedSince };
}

/**
 * The release's id is that of the packages in the database now. If somebody has installed another one since, which this pod
 * has not seen, the release with it would count as done although it was not proven.
 */
async function checkSetUnchanged(otobo: Otobo, id: string): Promise<WhyNot> {
  const reading = await readPackageRows(otobo);
  if ("why" in reading) return reading.why;
  return computeSetId(reading.rows) === id
    ? null
    : "the packages have changed while they were settled; the next round takes them up";
}
