// Marker volumes that are separate file systems: one that fills up during a run, ext4 with its lost+found, another
// user's.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readMarker } from "../../init/contract/marker.ts";
import { makeRunner } from "../../webhook/cli/try/makeRunner.ts";
import { needs, needsPrograms, needsRoot } from "../requirements.ts";
import { buildShellCommand, makeRig, planOn, type Rig } from "./rig.ts";

/** Not root, like most applications. */
const USER = 65534;

describe("a marker volume with its own file system", function () {
  this.timeout(60_000);
  let rig: Rig;
  let home: string;
  before(function () {
    needsRoot(this);
    needsPrograms(this, ["unshare", "mount", "setpriv"]);
  });
  beforeEach(async () => {
    rig = await makeRig();
    home = join(rig.volume, "..");
    // Node.js and the runner where any user can read them, wherever this checkout is
    await makeRunner(join(home, "runner"));
    await chmod(home, 0o755);
  });
  afterEach(() => rig?.remove());

  /**
   * Runs a script in its own mount namespace: $1 is the volume, $2 a folder that remains. `run` in the script is the
   * runner as USER.
   */
  function script(text: string, steps: Parameters<typeof planOn>[1]): { code: number | null; log: string } {
    const runner = `run() { setpriv --reuid ${USER} --regid ${USER} --clear-groups "$2/runner/node" "$2/runner/rollcall.cjs" run --termination-log /dev/null; }`;
    const ended = spawnSync(
      "unshare",
      [
        "--mount",
        "sh",
        "-ec",
        `${runner}\n${text.replaceAll("run;", 'run "$1" "$2";')}`,
        "sh",
        rig.volume,
        home,
      ],
      {
        encoding: "utf8",
        cwd: "/",
        env: { PATH: process.env["PATH"] ?? "", ROLLCALL_PLAN: JSON.stringify(planOn(rig, steps)) },
      },
    );
    return { code: ended.status, log: ended.stdout + ended.stderr };
  }

  it("is reported when it fills up; proven steps stay marked, and the next run resumes", async () => {
    const counter = join(rig.volume, "counter");
    const { code, log } = script(
      `mount -t tmpfs -o size=160k,mode=0777 tmpfs "$1"
       run; code=$?; [ $code = 1 ] || exit 9
       cp "$1/.rollcall/web-1.json" "$2/first.json"
       rm "$1/filler"; : > "$1/roomy"
       run; cp "$1/.rollcall/web-1.json" "$2/second.json"; cp "$1/counter" "$2/counter"`.replace(
        "run; code=$?",
        'code=0; run "$1" "$2" || code=$?',
      ),
      [
        { name: "one", run: buildShellCommand('printf x >> "$1"', counter), verify: ["test", "-s", counter] },
        {
          name: "filling",
          run: buildShellCommand(
            '[ -e "$1/roomy" ] || head -c 1000000 /dev/zero > "$1/filler" || true',
            rig.volume,
          ),
        },
      ],
    );
    assert.equal(code, 0, log);
    assert.match(log, /RC202 marker-volume-unusable: .*the volume is full \(ENOSPC\)/);
    const namesIn = async (file: string): Promise<string[]> => {
      const reading = readMarker(await readFile(join(home, file), "utf8"));
      assert.ok(reading.is === "whole", JSON.stringify(reading));
      return reading.marker.steps.map(({ name }) => name);
    };
    assert.deepEqual(
      [await namesIn("first.json"), await namesIn("second.json")],
      [["one"], ["one", "filling"]],
    );
    assert.equal(await readFile(join(home, "counter"), "utf8"), "x", "what was proven is not done again");
  });

  it("works on ext4 with an unreadable lost+found", async function () {
    needsPrograms(this, ["mkfs.ext4"]);
    const image = join(home, "disk");
    await writeFile(image, "");
    await truncate(image, 8 * 1024 * 1024);
    const can = spawnSync("unshare", [
      "--mount",
      "sh",
      "-ec",
      'mkfs.ext4 -q "$1" && mount -o loop "$1" "$2"',
      "sh",
      image,
      rig.volume,
    ]);
    needs(this, can.status === 0, `loop devices: ${String(can.stderr).trim()}`);
    const { code, log } = script(
      // as the kubelet sets it up with fsGroup
      `mount -o loop "$2/disk" "$1"; chgrp ${USER} "$1"; chmod 2775 "$1"; test -d "$1/lost+found"
       run; run; cp "$1/.rollcall/web-1.json" "$2/marker.json"; test -d "$1/lost+found"`,
      [
        {
          name: "seed",
          run: buildShellCommand('echo x >> "$1/seeded"', rig.volume),
          verify: ["test", "-s", join(rig.volume, "seeded")],
        },
      ],
    );
    assert.equal(code, 0, log);
    assert.match(log, /step seed: already done/);
    assert.equal(readMarker(await readFile(join(home, "marker.json"), "utf8")).is, "whole");
  });

  it("reports a marker folder of another user before any step, and leaves it unchanged", () => {
    const { code, log } = script(
      `mount -t tmpfs -o size=1m,mode=0777 tmpfs "$1"; mkdir -m 0755 "$1/.rollcall"
       code=0; run "$1" "$2" || code=$?; [ $code = 1 ]; [ "$(stat -c %u:%a "$1/.rollcall")" = 0:755 ]; [ ! -e "$1/seeded" ]`,
      [{ name: "seed", run: buildShellCommand('echo x >> "$1/seeded"', rig.volume), verify: ["true"] }],
    );
    assert.equal(code, 0, log);
    assert.match(
      log,
      /RC202 marker-volume-unusable: .*this user has no permission to write there \(EACCES\)/,
    );
  });
});
