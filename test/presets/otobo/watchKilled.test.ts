// A round of the watcher that is killed before any of its changes of a file: the next round repairs what it has left, and
// the daemon is told (docs/otobo.md#packages-at-run-time).
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { bundleProgram } from "../../bundleProgram.ts";
import { needsPrograms } from "../../requirements.ts";
import { changeOwner, makeWorker, openOtoboCli, removeProgram, UNPRIVILEGED_USER } from "./run.ts";
import { makeOtobo, type OtoboRig, type Package } from "./tree.ts";

const CORE = "Kernel/Config/Defaults.pm";
const PACKAGE = {
  status: "installed",
  buildDate: "2024-05-01 10:00:00",
};
const file = (location: string, content: string) => ({ location, content });

/** Upgrade of one, a new one that replaces a file of the image, and one that is removed, in one round. */
const OLD: Package[] = [
  {
    ...PACKAGE,
    id: 1,
    name: "Up",
    version: "1.0.0",
    files: [file("Kernel/A.pm", "# old\n"), file("Kernel/Gone.pm", "# old\n")],
  },
  { ...PACKAGE, id: 2, name: "Removed", version: "1.0.0", files: [file("Kernel/Extra/R.pm", "# r\n")] },
];
const NEW: Package[] = [
  {
    ...PACKAGE,
    id: 3,
    name: "Up",
    version: "2.0.0",
    files: [file("Kernel/A.pm", "# new\n"), file("Kernel/B.pm", "# b\n")],
  },
  {
    ...PACKAGE,
    id: 4,
    name: "Core",
    version: "1.0.0",
    files: [file(`Custom/${CORE}`, "1;\n"), file("scripts/DBUpdateTo11_0.pm", "# the package's\n1;\n")],
  },
];

/**
 * Before which changes a round is killed: before every STEPth one, from a start that depends on the run's seed;
 * ROLLCALL_EVERY_CUT=1: before all.
 */
const STEP = process.env["ROLLCALL_EVERY_CUT"] === "1" ? 1 : 15;

describe("a killed round of packages", function () {
  this.timeout(STEP === 1 ? 900_000 : 120_000);
  let rig: OtoboRig;
  before(async function () {
    needsPrograms(this, ["perl"]);
    await makeWorker();
    rig = await makeOtobo({ packages: OLD });
  });
  after(async () => {
    await rig?.remove();
    await removeProgram();
  });

  it("is repaired by the next one, whichever change it was killed before", async () => {
    const program = join(rig.folder, "killedRound.mjs");
    await bundleProgram(new URL("killedRound.ts", import.meta.url), program);
    const listRows = (packages: readonly Package[]) =>
      packages.map(({ id, name, version, status }) => ({ id, name, version, status, changed: "2024" }));
    const readFiles = async (home: string): Promise<Record<string, string>> => {
      const places = ["Kernel", "Kernel/Extra", "Custom/Kernel/Config", "scripts"];
      const paths = await Promise.all(
        places.map(async (place) =>
          (await readdir(join(home, place), { withFileTypes: true }).catch(() => []))
            .filter(
              (entry) => entry.isFile() && /^(?:A|B|Gone|R|Defaults|DBUpdateTo11_0)\.pm/.test(entry.name),
            )
            .map(({ name }) => `${place}/${name}`),
        ),
      );
      const texts = paths
        .flat()
        .map(async (path) => [path, await readFile(join(home, path), "utf8")] as const);
      return Object.fromEntries(await Promise.all(texts));
    };
    /** A pod with the old packages, and a way to run a round for the new ones. */
    const makePod = async (name: string) => {
      const pod = await rig.pod(1, name);
      await rig.change({ packages: OLD });
      const cli = openOtoboCli(rig, pod);
      for (const step of ["home", "config"]) assert.equal((await cli.run(step)).code, 0);
      const take = (packages: readonly Package[], at: number) => {
        const input = JSON.stringify({ home: pod.home, next: rig.next, rows: listRows(packages), at });
        const env = { PATH: process.env["PATH"] ?? "", ...pod.env };
        return spawnSync(process.execPath, [program, input], { env, encoding: "utf8", ...UNPRIVILEGED_USER });
      };
      const first = take(OLD, 0);
      assert.equal(first.status, 0, first.stderr);
      const state = join(pod.home, "var/rollcall-packages.json");
      // the daemon has read the old ones
      const text = await readFile(state, "utf8");
      await writeFile(state, text.replace('"isReloadDue":true', '"isReloadDue":false'));
      if ("uid" in UNPRIVILEGED_USER) await changeOwner(pod.home, UNPRIVILEGED_USER.uid);
      await rig.change({ packages: NEW });
      return { pod, take, state };
    };

    const whole = await makePod("whole");
    const done = whole.take(NEW, 0);
    assert.equal(done.status, 0, done.stderr);
    const wanted = await readFiles(whole.pod.home);
    assert.equal(wanted["Kernel/A.pm"], "# new\n");
    assert.equal(wanted["Kernel/Gone.pm"], undefined);
    assert.equal(wanted["Kernel/Extra/R.pm"], undefined);
    const changes = Number(done.stdout);
    assert.ok(changes > 20, done.stdout);
    const start = 1 + ((fc.readConfigureGlobal().seed ?? 0) % STEP);
    for (let at = start; at <= changes; at += STEP) {
      const { pod, take, state } = await makePod(`killed-${at}`);
      assert.equal(take(NEW, at).signal, "SIGKILL");
      const again = take(NEW, 0);
      assert.equal(again.status, 0, `killed before change ${at}: ${again.stderr}`);
      assert.deepEqual(await readFiles(pod.home), wanted, `killed before change ${at}`);
      assert.match(await readFile(state, "utf8"), /"isReloadDue":true/, `killed before change ${at}`);
      assert.ok(!(await readdir(pod.home)).includes(".rollcall-packages"));
    }
  });
});
