// `otobo watch`: takes up packages while the pod runs. It is the only program that writes packages' files in a pod, apart
// from the web server in which somebody installs a package (docs/otobo.md#packages-at-run-time).
import { randomUUID } from "node:crypto";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { type Plan, readOwnPlan } from "../../../../init/contract/plan.ts";
import { describeFileError, isMissing } from "../../../../init/engine/failure.ts";
import type { World } from "../../../../init/engine/ports.ts";
import { openRecord, type RecordStore } from "../../../../init/engine/record/recordStore.ts";
import { openWorld } from "../../../../init/world/open.ts";
import { listDaemonProcesses } from "../daemon.ts";
import { findStats } from "../fileStats.ts";
import type { Otobo, WhyNot } from "../otobo.ts";
import { FILES } from "../preload.ts";
import type { PackageRow } from "../probes/packageRows.ts";
import type { StepOptions } from "../step.ts";
import { event } from "../steps/gate.ts";
import { removeStalePidFiles } from "../steps/pidFiles.ts";
import { rebuild } from "../steps/rebuild.ts";
import { preload, sync } from "../steps/sync.ts";
import { recordPodContent } from "./packageRecord.ts";
import { readPackageState, writePackageState } from "./packageState.ts";
import { followPackageRows, type PackageReading } from "./readPackageRows.ts";
import { reloadDaemon, restartDaemon } from "./reloadDaemon.ts";
import { settlePackages } from "./settlePackages.ts";
import { createPodFault, type PackageFault } from "./stagePackage.ts";
import { computeSetId, selectNewest, takeRound } from "./takeRound.ts";

/** Without a change, the files are looked at this often. */
const CHECK_INTERVAL_MS = 60_000;
/**
 * While OTOBO deploys the settings of a package, the daemon lacks them. Settings that an administrator has changed and not
 * deployed look the same, for days, so the time doubles with each round.
 */
const SETTINGS_INTERVAL_MS = 10_000;
/** A failed package is tried again after this time, and then after twice as long each time. */
const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 15 * 60_000;

export interface WatchOptions extends StepOptions {
  /** seconds between two readings of the database */
  interval: number;
  /** rounds to take; null: until it is stopped */
  rounds: number | null;
}

/** Where the pod's state is recorded; null: this is not a pod with a record. */
interface RecordAccess {
  plan: Plan;
  world: World;
  records: RecordStore;
}

export async function watchPackages(otobo: Otobo, options: WatchOptions): Promise<WhyNot> {
  await removeStalePidFiles(otobo).catch((error: unknown) => otobo.say(describeFileError(error)));
  const recording = await openRecording(otobo);
  const over = new AbortController();
  const abort = AbortSignal.any([otobo.stop, over.signal]);
  const readings = new LatestReading(abort);
  const following = followPackageRows(otobo, {
    seconds: options.interval,
    abort,
    onReading: (reading) => readings.put(reading),
  });
  const watcher = new PackageWatcher(otobo, options, recording);
  let why: WhyNot = null;
  try {
    for (let taken = 0; !abort.aborted && (options.rounds === null || taken < options.rounds); ) {
      const reading = await readings.take();
      if (reading === null) break;
      const outcome = await watcher.see(reading);
      if (outcome.is === "round") taken += 1;
      why = outcome.why;
    }
  } finally {
    over.abort();
    await following;
  }
  return options.rounds === null ? null : why;
}

/** Keeps only the newest reading: a round may take longer than the interval. */
class LatestReading {
  readonly #abort: AbortSignal;
  #reading: PackageReading | null = null;
  #wake: () => void = () => undefined;

  constructor(abort: AbortSignal) {
    this.#abort = abort;
    // once for all readings: the watcher runs as long as its container
    abort.addEventListener("abort", () => this.#wake(), { once: true });
  }

  put(reading: PackageReading): void {
    this.#reading = reading;
    this.#wake();
  }

  /** @returns null: aborted */
  async take(): Promise<PackageReading | null> {
    while (this.#reading === null && !this.#abort.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const reading = this.#reading;
    this.#reading = null;
    return this.#abort.aborted ? null : reading;
  }
}

type RoundOutcome = { is: "waiting" | "round"; why: WhyNot };

interface FailedPackage {
  fault: PackageFault;
  /** the row that failed: another one is tried at once */
  id: number;
  tries: number;
  /** monotonic milliseconds */
  retryAt: number;
}

class PackageWatcher {
  readonly #otobo: Otobo;
  readonly #options: StepOptions;
  readonly #recording: RecordAccess | null;
  #last = "";
  /** the rows of the last round */
  #done: string | null = null;
  #checkAt = 0;
  /** the last set, and the monotonic time at which it was first seen */
  #set = { id: "", since: 0 };
  /** OTOBO has not deployed the packages' settings yet, or this pod lacks them */
  #areSettingsDue = false;
  /** rounds in a row after which they were due */
  #settingsRounds = 0;
  /** a round has compared the contents of all files */
  #isCompared = false;
  #said = "";
  readonly #failed = new Map<string, FailedPackage>();

  constructor(otobo: Otobo, options: StepOptions, recording: RecordAccess | null) {
    this.#otobo = otobo;
    this.#options = options;
    this.#recording = recording;
  }

  async see(reading: PackageReading): Promise<RoundOutcome> {
    if ("why" in reading) {
      this.#sayOnce(`the packages in the database cannot be read: ${reading.why}`);
      this.#last = "";
      return { is: "waiting", why: reading.why };
    }
    const { rows } = reading;
    const text = JSON.stringify(rows);
    // OTOBO's upgrade deletes a package's row before it adds the new one, so a set counts if it is seen twice
    const isStable = text === this.#last;
    this.#last = text;
    const isDue = text !== this.#done || performance.now() >= this.#checkAt;
    if (!isStable || !isDue) return { is: "waiting", why: null };
    const why = await this.#take(rows).catch(describeFileError);
    const isNewSet = text !== this.#done;
    this.#done = text;
    this.#settingsRounds = this.#areSettingsDue ? (isNewSet ? 1 : this.#settingsRounds + 1) : 0;
    const soonest = Math.min(
      computeSettingsWaitMs(this.#settingsRounds),
      ...[...this.#failed.values()].map(({ tries }) => computeRetryMs(tries)),
    );
    this.#checkAt = performance.now() + (why === null ? CHECK_INTERVAL_MS : soonest);
    this.#sayOnce(why ?? `packages ${computeSetId(rows) || "(being changed)"}: this pod has them`);
    return { is: "round", why };
  }

  async #take(rows: readonly PackageRow[]): Promise<WhyNot> {
    const newest = selectNewest(rows);
    if (!this.#isCompared) await this.#recallAttempts();
    const { faults } = await takeRound({
      otobo: this.#otobo,
      rows,
      isFull: !this.#isCompared,
      postponed: this.#listPostponed(newest),
      tries: this.#listTries(newest),
    });
    this.#isCompared = true;
    this.#keepFaults(newest, faults);
    const unread = (await this.#reload()) ?? (faults.size === 0 ? await this.#takeEvent() : null);
    const [first, ...more] = [...faults].map(([name, { why }]) => `package ${name}: ${why}`);
    const fault =
      first === undefined ? unread : `${first}${more.length === 0 ? "" : ` (and ${more.length} more)`}`;
    const unsettled = (await this.#record(rows, fault)) ?? fault;
    return (unread === null ? await this.#readSettings() : null) ?? unsettled;
  }

  /** A package that has ended an earlier watcher, such as by the container's memory, is tried again like one that failed. */
  async #recallAttempts(): Promise<void> {
    const { attempts } = (await readPackageState(this.#otobo.home)) ?? { attempts: [] };
    for (const [name, { id, tries }] of attempts) {
      if (this.#failed.has(name)) continue;
      const fault = createPodFault(`the watcher ended while it read the package (${tries} times so far)`);
      this.#failed.set(name, { fault, id, tries, retryAt: performance.now() + computeRetryMs(tries) });
    }
  }

  /** Due also if an earlier watcher was killed before the daemon had read the files. */
  async #reload(): Promise<WhyNot> {
    const { home } = this.#otobo;
    const state = await readPackageState(home);
    if (state?.isReloadDue !== true) return null;
    // web processes look at its time with each request, and then read the changed modules
    const now = Date.now() / 1000;
    await utimes(join(home, "Kernel/Config.pm"), now, now);
    const readSettings = await stampSettings(home);
    const why = await (state.isRestartDue ? restartDaemon : reloadDaemon)(this.#otobo);
    if (why !== null) return why;
    await writePackageState(home, { ...state, isReloadDue: false, isRestartDue: false, readSettings });
    return null;
  }

  /**
   * OTOBO deploys a package's settings after its files are known, on a busy machine after the daemon has read them: then a
   * module of the daemon that only the settings name is not started. So it reads them again once they are deployed.
   */
  async #readSettings(): Promise<WhyNot> {
    const { home } = this.#otobo;
    const state = await readPackageState(home);
    // without a daemon now, the next one reads them at its start, or a later round reloads it
    this.#areSettingsDue = state?.isSettingsDue === true && (await listDaemonProcesses(home)).length > 0;
    if (state === null || !this.#areSettingsDue) return null;
    const outdated = await rebuild.verify(this.#otobo, this.#options);
    if (outdated !== null) return `the packages' settings are not deployed yet: ${outdated}`;
    const unsynced = await sync.run(this.#otobo, this.#options);
    if (unsynced !== null) return unsynced;
    const readSettings = await stampSettings(home);
    const why = readSettings === state.readSettings ? null : await reloadDaemon(this.#otobo);
    if (why !== null) return why;
    await writePackageState(home, { ...state, isSettingsDue: false, readSettings });
    this.#areSettingsDue = false;
    return null;
  }

  /**
   * OTOBO fetches no settings from S3 while S3 has a package event that the pod has not handled
   * (docs/research/otobo.md#sync). The managed block keeps pods from writing one; this handles one from before, or of a pod
   * that does not watch.
   */
  async #takeEvent(): Promise<WhyNot> {
    return (await preload(this.#otobo, this.#options)) ?? event.run(this.#otobo, this.#options);
  }

  async #record(rows: readonly PackageRow[], fault: WhyNot): Promise<WhyNot> {
    const id = computeSetId(rows);
    if (this.#set.id !== id) this.#set = { id, since: performance.now() };
    if (this.#recording === null || id === "") return null;
    const { plan, world, records } = this.#recording;
    const at = world.now().toISOString();
    const { podUid } = world;
    const unwritten = await recordPodContent(
      { plan, records, podUid, at },
      { id: fault === null ? id : await this.#nameOwnSet(), fault },
    );
    if (unwritten !== null || fault !== null) return unwritten;
    const isShared = plan.steps.some(({ scope }) => scope === "release");
    return isShared
      ? settlePackages({
          otobo: this.#otobo,
          options: this.#options,
          plan,
          world,
          records,
          id,
          ageMs: performance.now() - this.#set.since,
        })
      : null;
  }

  /** What a pod has that has not taken up the whole set. */
  async #nameOwnSet(): Promise<string> {
    const packages = [...((await readPackageState(this.#otobo.home))?.packages.values() ?? [])];
    return computeSetId(packages.map((each) => ({ ...each, status: "installed" })));
  }

  #listPostponed(rows: readonly PackageRow[]): Map<string, PackageFault> {
    const now = performance.now();
    const ids = new Map(rows.map(({ name, id }) => [name, id]));
    return new Map(
      [...this.#failed]
        .filter(([name, { id, retryAt }]) => ids.get(name) === id && now < retryAt)
        .map(([name, { fault }]) => [name, fault]),
    );
  }

  #listTries(rows: readonly PackageRow[]): Map<string, number> {
    return new Map(
      rows.map(({ name, id }) => {
        const before = this.#failed.get(name);
        return [name, before?.id === id ? before.tries : 0];
      }),
    );
  }

  #keepFaults(rows: readonly PackageRow[], faults: ReadonlyMap<string, PackageFault>): void {
    const now = performance.now();
    for (const name of [...this.#failed.keys()].filter((each) => !faults.has(each)))
      this.#failed.delete(name);
    for (const { name, id } of rows) {
      const fault = faults.get(name);
      if (fault === undefined) continue;
      const before = this.#failed.get(name);
      const isSame = before?.id === id;
      if (isSame && now < before.retryAt) continue;
      const tries = isSame ? before.tries + 1 : 1;
      this.#failed.set(name, { fault, id, tries, retryAt: now + computeRetryMs(tries) });
    }
  }

  #sayOnce(line: string): void {
    if (line !== this.#said) this.#otobo.say(line);
    this.#said = line;
  }
}

/** Time and size of the deployed settings; "" without any. */
async function stampSettings(home: string): Promise<string> {
  const stats = await findStats(join(home, FILES, "ZZZAAuto.pm"), isMissing);
  return stats === null ? "" : `${stats.mtimeMs} ${stats.size}`;
}

/** @param rounds in a row after which settings were due; 0: they are not */
export const computeSettingsWaitMs = (rounds: number): number =>
  rounds === 0 ? CHECK_INTERVAL_MS : Math.min(CHECK_INTERVAL_MS, SETTINGS_INTERVAL_MS * 2 ** (rounds - 1));

const computeRetryMs = (tries: number): number =>
  Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (tries - 1));

async function openRecording({ env, stop, say }: Otobo): Promise<RecordAccess | null> {
  const read = readOwnPlan(env);
  if ("wrong" in read || read.plan.api === null) {
    say("this pod has no record of its StatefulSet: which packages it has is in its log only");
    return null;
  }
  const { plan } = read;
  const world = await openWorld({ plan, env, stop, log: say, runId: randomUUID() });
  if (world.askApi === null) return null;
  return { plan, world, records: openRecord(plan, world.askApi, world) };
}
