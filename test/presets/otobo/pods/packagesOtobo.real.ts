// Packages at run time (docs/otobo.md#packages-at-run-time) on OTOBO's own code of each version with a checkout:
// OTOBO_SRC_10_1, OTOBO_SRC_11_0 and OTOBO_SRC_11_1 name the folders. Two pods; a package is installed, upgraded and removed
// by OTOBO's own command in the first, and the second must serve it and its daemon use it, with no process started again.
// OTOBO's own reaction is switched on in the settings, and must stay off.
import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { PACKAGES_ENV, PACKAGES_WATCHED } from "../../../../presets/otobo/contract/packages.ts";
import { needsRoot } from "../../../requirements.ts";
import { makeProgram, removeProgram } from "../run.ts";
import type { PodEnvironment, TestedPod } from "./land.ts";
import { DAEMON_LOG, PAGE, VERSION_MODULE, writeLivePackage, writePackage } from "./livePackage.ts";
import { runIn } from "./look.ts";
import { openOtoboEnvironment } from "./openOtoboEnvironment.ts";
import { requireSource } from "./requireSource.ts";
import { makeSet, type StartedPod } from "./start.ts";

const MINUTE_MS = 60_000;
/** On a busy machine the database itself takes its time, so this is above the minute that is promised. */
const TAKE_UP_MS = 4 * MINUTE_MS;
/** OTOBO has five minutes for its own deployment; after that one pod deploys. */
const SETTLE_MS = 9 * MINUTE_MS;

for (const version of ["10_1", "11_0", "11_1"]) {
  describe(`packages at run time, on OTOBO's own code of ${version.replace("_", ".")}`, function () {
    this.timeout(40 * MINUTE_MS);
    this.bail(true);
    let land: PodEnvironment;
    let set: Awaited<ReturnType<typeof makeSet>>;
    let first: TestedPod;
    let second: TestedPod;
    let watched: StartedPod[];
    before(async function () {
      needsRoot(this);
      const source = requireSource(this, `OTOBO_SRC_${version}`);
      await makeProgram();
      land = await openOtoboEnvironment(this, source);
      set = await makeSet(land);
      const pods = [await makeWatchedPod(land, 0), await makeWatchedPod(land, 1)] as const;
      [first, second] = pods;
      for (const pod of pods) {
        const end = await set.run(pod);
        assert.equal(end.code, 0, end.log);
      }
      watched = await Promise.all(pods.map((pod) => set.watch(pod)));
      await Promise.all(watched.map(({ logs }) => logs("this pod has them")));
    });
    after(async () => {
      await set?.close();
      await land?.remove();
      await removeProgram();
    });

    const runConsole = ({ home, env }: TestedPod, ...words: readonly string[]) =>
      runIn(home, env, "bin/otobo.Console.pl", ...words, "--no-ansi");
    const install = async (pod: TestedPod, source: Parameters<typeof writePackage>[1]): Promise<void> => {
      const opm = await writePackage(land.folder, source);
      await runConsole(pod, `Admin::Package::${source.patch === 1 ? "Install" : "Upgrade"}`, opm);
    };
    const readPodFile = (pod: TestedPod, path: string): Promise<string> =>
      readFile(join(pod.home, path), "utf8").catch(() => "");
    /** Both pods have this text in a file. */
    const waitForText = (path: string, text: string) =>
      waitFor(`${path} in both pods`, TAKE_UP_MS, async () =>
        (await Promise.all([first, second].map((pod) => readPodFile(pod, path)))).every(
          (each) => each === text,
        ),
      );
    const listContent = (): string[] =>
      Object.values(set.record()?.content?.pods ?? {}).map(({ id, fault = null }) => `${id} ${fault}`);
    /** @param count of packages, so that the set before does not count */
    const waitForSettled = (count: number) =>
      waitFor("settled for both pods", SETTLE_MS, async () => {
        const settled = set.record()?.content?.settled;
        const content = listContent();
        const isWanted = settled?.id.startsWith(`${count}:`) === true;
        return isWanted && content.length === 2 && content.every((each) => each === `${settled.id} null`);
      });

    it("reach the web server and the daemon of another pod within a minute", async () => {
      assert.ok(land.startWeb !== undefined);
      const web = await land.startWeb(second);
      const { port } = web;
      const load = startLoad(port);
      try {
        const pid = await readDaemonPid(second);
        for (const patch of [1, 2]) {
          const opm = await writeLivePackage(land.folder, patch);
          await runConsole(first, `Admin::Package::${patch === 1 ? "Install" : "Upgrade"}`, opm);
          const began = performance.now();
          const isServed = waitFor(
            "served",
            TAKE_UP_MS,
            async () => (await fetchText(port, PAGE)) === `version 1.0.${patch}\n`,
          );
          const isUsed = waitFor(
            "used by the daemon",
            TAKE_UP_MS,
            async () => (await readLastLine(join(second.home, DAEMON_LOG))) === `1.0.${patch}`,
          );
          const [served, used] = await Promise.all([isServed, isUsed]);
          report(
            `${version} 1.0.${patch}: served after ${served(began)} s, used by the daemon after ${used(began)} s`,
          );
        }
        await runConsole(first, "Admin::Package::Uninstall", "RollcallLive");
        await waitFor("removed", TAKE_UP_MS, async () => !(await exists(join(second.home, VERSION_MODULE))));
        assert.equal(await readDaemonPid(second), pid, "the daemon was started again");
        await waitForSettled(1);
        assert.ok(
          (await land.bucket.list()).every((line) => !line.startsWith("event_package.json")),
          "OTOBO has told other pods to install packages",
        );
      } finally {
        const errors = await load.stop();
        await web.stop();
        assert.deepEqual(errors, [], "a client saw an error");
      }
    });

    it("are taken up by both pods if each installs one at the same time", async () => {
      const names = ["RollcallOne", "RollcallTwo"] as const;
      await Promise.all(
        names.map((name, index) =>
          install(index === 0 ? first : second, {
            name,
            patch: 1,
            files: { [`Kernel/System/${name}.pm`]: `package Kernel::System::${name};\n1;\n` },
          }),
        ),
      );
      for (const name of names)
        await waitForText(`Kernel/System/${name}.pm`, `package Kernel::System::${name};\n1;\n`);
      await waitForSettled(3);
    });

    it("leave the old version of a broken one in place, also at a start, until there is a corrected one", async () => {
      const path = "Kernel/System/RollcallThree.pm";
      const build = (patch: number, more: Record<string, string> = {}) => ({
        name: "RollcallThree",
        patch,
        files: { [path]: `package Kernel::System::RollcallThree;\n# ${patch}\n1;\n`, ...more },
      });
      await install(first, build(1));
      await waitForText(path, build(1).files[path] ?? "");
      await waitForSettled(4);
      // a path that only the pod itself may write
      await install(first, build(2, { "var/run/rollcall-test": "x" }));
      const other = "Kernel/System/RollcallFour.pm";
      await install(first, {
        name: "RollcallFour",
        patch: 1,
        files: { [other]: "package Kernel::System::RollcallFour;\n1;\n" },
      });
      await waitForText(other, "package Kernel::System::RollcallFour;\n1;\n");
      await waitFor("the record says why", TAKE_UP_MS, async () =>
        listContent().some((each) =>
          each.includes("RollcallThree: var/run/rollcall-test is not a package's to write"),
        ),
      );
      assert.equal(await readPodFile(second, path), build(1).files[path]);
      await assert.rejects(access(join(second.home, "var/run/rollcall-test")));

      // the pod's node is restarted: its home is still there
      watched[1]?.kill();
      await watched[1]?.ended;
      const again = await set.run(second);
      assert.equal(again.code, 0, again.log);
      assert.match(
        again.log,
        /package RollcallThree 1\.0\.2 cannot be used: .*; this pod keeps version 1\.0\.1/,
      );
      assert.equal(await readPodFile(second, path), build(1).files[path]);
      watched[1] = await set.watch(second);

      // a new pod has no old version
      const fresh = await makeWatchedPod(land, 2);
      const refused = await set.run(fresh, { retries: 0 });
      assert.notEqual(refused.code, 0, refused.log);
      assert.match(
        refused.log,
        /package RollcallThree cannot be used: .*DELETE FROM package_repository WHERE id = \d+/,
      );

      await install(first, build(3));
      await waitForText(path, build(3).files[path] ?? "");
      await waitForSettled(5);
    });

    it("are taken up after a kill in the middle, by the daemon, too", async () => {
      for (const patch of [1, 2]) {
        const opm = await writeLivePackage(land.folder, patch);
        const isKilled =
          patch === 1
            ? Promise.resolve()
            : waitFor(
                "a round in the second pod",
                TAKE_UP_MS,
                () => exists(join(second.home, ".rollcall-packages")),
                2,
              ).then(() => watched[1]?.kill());
        await runConsole(first, `Admin::Package::${patch === 1 ? "Install" : "Upgrade"}`, opm);
        await isKilled;
        if (patch === 2) {
          await watched[1]?.ended;
          watched[1] = await set.watch(second);
        }
        await waitFor(
          "used by the daemon",
          TAKE_UP_MS,
          async () => (await readLastLine(join(second.home, DAEMON_LOG))) === `1.0.${patch}`,
        );
      }
      await waitForSettled(6);
      await assert.rejects(access(join(second.home, ".rollcall-packages")));
    });
  });
}

async function makeWatchedPod(land: PodEnvironment, ordinal: number): Promise<TestedPod> {
  const pod = await land.pod(ordinal);
  return { ...pod, env: { ...pod.env, [PACKAGES_ENV]: PACKAGES_WATCHED } };
}

/** @returns how long it took, by when it began, in seconds */
async function waitFor(
  what: string,
  limitMs: number,
  isSo: () => Promise<boolean>,
  everyMs = 500,
): Promise<(began: number) => string> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    if (await isSo().catch(() => false)) {
      const now = performance.now();
      return (began) => ((now - began) / 1000).toFixed(1);
    }
    assert.ok(performance.now() < deadline, `not within ${limitMs / MINUTE_MS} minutes: ${what}`);
    await pause(everyMs);
  }
}

/** A client that asks for the login page all the time. */
function startLoad(port: number): { stop: () => Promise<string[]> } {
  const errors: string[] = [];
  let isOver = false;
  const running = (async () => {
    while (!isOver) {
      const page = await fetchText(port, "/otobo/index.pl").catch((error: unknown) => String(error));
      if (!page.includes("LoginBox") || page.includes("Fatal Error")) errors.push(page.slice(0, 300));
      await pause(500);
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await running;
      return errors;
    },
  };
}

async function fetchText(port: number, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  const text = await response.text();
  return response.ok ? text : `${response.status} ${text}`;
}

const readLastLine = async (path: string): Promise<string> =>
  (await readFile(path, "utf8")).trimEnd().split("\n").at(-1) ?? "";

const readDaemonPid = (pod: TestedPod): Promise<string> =>
  readFile(join(pod.home, `var/run/Daemon-NodeID-${pod.ordinal + 1}.pid`), "utf8");

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const report = (line: string): void => console.log(`      ${line}`);
