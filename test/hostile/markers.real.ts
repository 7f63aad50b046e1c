// A pod's containers may replace its marker by anything: the runner soon reports in one sentence that the marker is
// unreadable, and still ends at SIGTERM.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { EXIT } from "../../init/contract/exit.ts";
import type { Plan } from "../../init/contract/plan.ts";
import { planWith, type RunnerCommandEnd, startRunnerCommand } from "./runner.ts";

const MIB = 1024 * 1024;

describe("the place of a marker", function () {
  this.timeout(60_000);
  let volume: string;
  let marker: string;
  let plan: Plan;
  beforeEach(async () => {
    volume = await mkdtemp(join(tmpdir(), "rollcall-marker-"));
    marker = join(volume, ".rollcall", "web-1.json");
    await mkdir(dirname(marker));
    plan = planWith({ markers: { store: "pvc", root: volume, path: ".rollcall" }, s3: null });
  });
  afterEach(() => rm(volume, { recursive: true, force: true }));

  const last = (): string[] => ["--termination-log", join(volume, "last")];
  const run = (): Promise<RunnerCommandEnd> => startRunnerCommand(plan, ["run", ...last()]).ended;

  const PLACES: readonly [string, () => Promise<unknown>, RegExp][] = [
    ["a pipe", async () => execFileSync("mkfifo", [marker]), /is not a regular file/],
    ["a folder", () => mkdir(marker), /EISDIR/],
    ["a link to /dev/zero", () => symlink("/dev/zero", marker), /is a link/],
    [
      "a link to a file",
      async () => {
        await writeFile(join(volume, "other"), "{}");
        await symlink(join(volume, "other"), marker);
      },
      /is a link/,
    ],
    [
      "a file of 400 MB",
      async () => {
        await writeFile(marker, "");
        await truncate(marker, 400e6);
      },
      /is larger than 1 MiB/,
    ],
    [
      "a socket",
      async () => {
        const server = createServer();
        await new Promise<void>((done) => server.listen(marker, done));
        server.unref();
      },
      /ENXIO/,
    ],
  ];
  for (const [what, put, why] of PLACES) {
    it(`that contains ${what} ends a run within seconds with the reason`, async () => {
      await put();
      const { code, output, milliseconds } = await run();
      assert.equal(code, EXIT.failed, output);
      assert.match(output, why);
      assert.ok(milliseconds < 8_000, `${Math.round(milliseconds)} ms`);
      assert.ok(output.length < 4_096, `${output.length} characters`);
      const status = await startRunnerCommand(plan, ["status"]).ended;
      assert.equal(status.code, 3, status.output);
      assert.match(status.output, why);
    });
  }

  it("that contains a pipe does not keep SIGTERM from ending the runner", async () => {
    execFileSync("mkfifo", [marker]);
    const { child, ended } = startRunnerCommand(plan, ["run", ...last()]);
    setTimeout(() => child.kill("SIGTERM"), 1_500);
    const { signal, milliseconds } = await ended;
    assert.notEqual(signal, "SIGKILL");
    assert.ok(milliseconds < 8_000, `${Math.round(milliseconds)} ms`);
  });

  it("that contains 1 MiB of wrong elements is quarantined, and the steps run", async () => {
    const fields = JSON.stringify({ ...plan.identity, schema: 1 }).slice(0, -1);
    await writeFile(marker, `${fields},"steps":[${"0,".repeat(MIB / 2 - 1000)}0]}`);
    const { code, output } = await run();
    assert.equal(code, EXIT.done, output);
    assert.match(output, /web-1\.json\.torn/);
  });
});
