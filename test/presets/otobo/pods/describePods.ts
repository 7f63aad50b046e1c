// Whole pods: the bundled runner with the preset's whole plan, a real S3 server, and an image's tree. The same tests
// run on the stand-in's tree and on OTOBO's own.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { needsPrograms, needsRoot } from "../../../requirements.ts";
import { makeProgram, removeProgram } from "../run.ts";
import type { PodEnvironment, TestedPod } from "./land.ts";
import { tellConfig, tellGate } from "./look.ts";
import { makeSet, type PodEnd } from "./start.ts";

export function describePods(
  name: string,
  makeLand: (context: Mocha.Context) => Promise<PodEnvironment>,
): void {
  describe(name, function () {
    this.timeout(600_000);
    let land: PodEnvironment;
    let set: Awaited<ReturnType<typeof makeSet>>;
    before(async function () {
      needsRoot(this);
      needsPrograms(this, ["perl", "unshare", "setpriv"]);
      await makeProgram();
      land = await makeLand(this);
    });
    after(async () => {
      await land?.remove();
      await removeProgram();
    });
    beforeEach(async () => {
      await land.reset();
      set = await makeSet(land);
    });
    afterEach(() => set?.close());

    const marker = (pod: TestedPod): Promise<string | null> =>
      readFile(join(pod.home, ".rollcall", `otobo-${pod.ordinal}.json`), "utf8").catch(() => null);
    const isDone = async (pod: TestedPod, { code, log }: PodEnd): Promise<void> => {
      assert.equal(code, 0, log);
      const written = JSON.parse((await marker(pod)) ?? "{}") as { steps?: { name: string }[] };
      assert.equal(written.steps?.at(-1)?.name, "gate");
    };
    /** It failed with the reason in its last message, did not mark the gate, and its settings open no installer. */
    const isRefused = async (pod: TestedPod, { code, log, message }: PodEnd, why: RegExp): Promise<void> => {
      assert.equal(code, 1, log);
      assert.match(message, why);
      assert.ok(Buffer.byteLength(message) <= 1024, message);
      assert.doesNotMatch((await marker(pod)) ?? "", /"gate"/);
    };
    const eachHolds = async (pods: readonly TestedPod[]): Promise<void> => {
      for (const pod of pods) {
        const gate = await tellGate(land, pod);
        assert.equal(gate.code, 0, gate.output);
      }
    };
    const timesRun = (ends: readonly PodEnd[], step: string): number =>
      ends.flatMap(({ log }) => log.match(new RegExp(`step ${step}: running`, "g")) ?? []).length;

    it("a new pod ends with SecureMode, a deployment and its NodeID; a second run keeps the block", async () => {
      const pod = await land.pod(4);
      await isDone(pod, await set.run(pod));
      const seen = await tellConfig(pod);
      assert.deepEqual([seen.secureMode, seen.nodeId], ["1", "5"]);
      assert.match(seen.deployment, /^[1-9]\d*$/);
      const path = join(pod.home, "Kernel/Config.pm");
      const before = [await readFile(path, "utf8"), (await stat(path)).mtimeMs];
      const again = await set.run(pod);
      await isDone(pod, again);
      assert.deepEqual([await readFile(path, "utf8"), (await stat(path)).mtimeMs], before);
      for (const step of ["reinstall", "rebuild", "cache"])
        assert.equal(timesRun([again], step), 0, again.log);
    });

    it("case B, a package event in S3: OTOBO alone opens its installer, an injected pod does not", async () => {
      const first = await land.pod(0);
      await isDone(first, await set.run(first));
      await land.bucket.put("event_package.json", '{"Event":"PackageInstall"}');
      const pod = await land.pod(1);
      // what OTOBO alone produces: a tree and the block, but no settings
      const cut = await set.start(pod);
      await cut.logs("step wait: running");
      cut.kill();
      await cut.ended;
      assert.deepEqual((await tellConfig(pod)).secureMode, "0");
      await isDone(pod, await set.run(pod));
      assert.deepEqual((await tellConfig(pod)).secureMode, "1");
      const names = await readdir(join(pod.home, "Kernel/Config/Files"));
      assert.ok(names.includes("event_package.json") && !names.includes(".rollcall-event"), names.join());
    });

    it("case D, no S3: OTOBO alone opens its installer without a message, an injected pod does not start", async () => {
      const pod = await land.pod(0);
      const none = { OTOBO_S3_HOST: "127.0.0.1:9" };
      const end = await set.run(pod, { env: none, retries: 0 });
      await isRefused(pod, end, /bucket boot at http:\/\/127\.0\.0\.1:9/);
      assert.equal((await tellConfig({ ...pod, env: { ...pod.env, ...none } })).secureMode, "0");
      await isDone(pod, await set.run(pod));
    });

    for (const count of [2, 3]) {
      it(`${count} pods at once: release steps once, every package deployed in each, no package event`, async () => {
        const pods = await Promise.all(Array.from({ length: count }, (_, ordinal) => land.pod(ordinal)));
        const ends = await Promise.all(pods.map((pod) => set.run(pod)));
        await Promise.all(pods.map((pod, index) => isDone(pod, ends[index] ?? assert.fail())));
        for (const step of ["reinstall", "rebuild", "cache"]) assert.equal(timesRun(ends, step), 1, step);
        await eachHolds(pods);
        const events = (await land.bucket.list()).filter((line) => line.startsWith("event_package.json"));
        assert.deepEqual(events, []);
      });
    }

    it("a pod that is killed during the rebuild does not block the next one", async () => {
      await land.reset({ rebuildSeconds: 6 });
      const [killed, next] = [await land.pod(0), await land.pod(1)];
      const doomed = await set.start(killed);
      await doomed.logs("step rebuild: running");
      while (!(await land.hasRebuildRow())) await pause(5);
      doomed.kill();
      assert.equal((await doomed.ended).code, null);
      assert.equal(await land.hasRebuildRow(), true, "the row is left behind");
      const end = await set.run(next);
      await isDone(next, end);
      assert.match(end.log, /removed the stale row RebuildConfig/);
      await isDone(killed, await set.run(killed));
    });

    it("a wrong database password: no marker, and the reason", async () => {
      const pod = await land.pod(0);
      const wrong = join(land.folder, "wrong-password");
      await writeFile(wrong, "wrong", { mode: 0o644 });
      const end = await set.run(pod, { env: { OTOBO_DB_PASSWORD_FILE: wrong }, retries: 0 });
      await isRefused(pod, end, /step wait.*cannot connect to .*: Access denied/s);
    });

    it("a full disk: no marker, and the reason", async () => {
      const pod = await land.pod(0);
      const end = await set.run(pod, { homeMiB: 32, retries: 0 });
      await isRefused(pod, end, /step home.*MiB free and needs \d+: enlarge the volume/s);
      assert.doesNotMatch(end.log, /^MARKER /m);
    });

    it("an unwritable file: no marker, and the reason", async () => {
      const pod = await land.pod(0);
      const first = await set.start(pod);
      await first.logs("step config: running");
      first.kill();
      await first.ended;
      // a file at the path of a package's folder
      const blocked = join(pod.home, "Kernel/Modules/RollcallTest");
      await rm(blocked, { recursive: true, force: true });
      await mkdir(dirname(blocked), { recursive: true });
      await writeFile(blocked, "");
      const end = await set.run(pod, { retries: 0 });
      await isRefused(pod, end, /step reinstall.*Kernel\/Modules\/RollcallTest\/.* could not be written/s);
      await rm(blocked);
      await isDone(pod, await set.run(pod));
    });

    it("an unreachable package repository: no marker, and the reason", async () => {
      const pod = await land.pod(0);
      const end = await set.run(pod, { work: { upgradePackages: true }, retries: 0 });
      await isRefused(pod, end, /step upgrade.*check that the repositories are reachable/s);
    });
  });
}
