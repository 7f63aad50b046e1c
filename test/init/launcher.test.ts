// The launcher's own work: reaping, and reporting why Node.js did not start (init/launcher/launcher.c).
// test/hostile/image.real.ts tests that the runner works in every environment.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALL_ARCHITECTURES, detectArch } from "../../build/images/arch.ts";
import { attempt } from "../../build/images/command.ts";
import { readElf } from "../../build/images/elf.ts";
import { makeLauncher } from "../../build/images/launcher.ts";
import { prepareRuntime } from "../../build/images/runtime.ts";
import { EXIT } from "../../init/contract/exit.ts";
import { RUNNER_FILES } from "../../init/contract/places.ts";
import { waitUntilPasses } from "../e2e/harness/eventually.ts";
import { needs, needsPrograms, requireFetched } from "../requirements.ts";
import type { ContainerEnd } from "./container.ts";
import { buildLaunchPlan, makeLaunchedPod, makeLaunchedRunner } from "./launched.ts";
import { makePidsLimit, type PidsLimit } from "./pidsLimit.ts";

describe("the launcher", function () {
  this.timeout(180_000);
  let work = "";
  let runner = "";

  before(async function () {
    work = await mkdtemp(join(tmpdir(), "rollcall-launcher-"));
    runner = await makeLaunchedRunner(this, work);
  });

  after(() => (work === "" ? undefined : rm(work, { recursive: true, force: true })));

  describe("as process 1 under a limit of 250 processes", () => {
    let limit: PidsLimit | null = null;

    before(async function () {
      limit = await makePidsLimit(this, 250);
    });

    after(() => limit?.remove());

    const runScript = async (name: string, script: string): Promise<ContainerEnd> => {
      const pod = await makeLaunchedPod(join(work, name), "bare", runner);
      const cgroup = limit?.folder ?? "";
      return pod.run({ plan: buildLaunchPlan(["sh", "-c", script]), env: { PATH: "/bin" }, cgroup });
    };

    it("reaps 400 orphans of a step", async () => {
      // each subshell ends at once, so that process 1 inherits its child
      const leave =
        "i=0; while [ $i -lt 400 ]; do (/bin/busybox setsid /bin/busybox sleep 0.01 &) || exit 9; i=$((i+1)); done";
      const hasZombie = "/bin/busybox grep -q 'State:.Z' /proc/[0-9]*/status 2>/dev/null";
      const wait = `i=0; while ${hasZombie}; do [ $i -lt 50 ] || exit 8; /bin/busybox sleep 0.1; i=$((i+1)); done`;
      const end = await runScript("orphans", `${leave}; ${wait}`);
      assert.equal(end.code, EXIT.done, end.output);
      assert.doesNotMatch(end.output, /fork/i);
      assert.equal(await limit?.countRefusals(), 0);
    });

    it("reaches the process limit if orphans are not reaped", async () => {
      const script = "i=0; while [ $i -lt 400 ]; do /bin/busybox sleep 60 & i=$((i+1)); done";
      const end = await runScript("living", script);
      assert.match(end.output, /can't fork/i);
      assert.ok(Number(await limit?.countRefusals()) > 0);
    });
  });

  it("opens no debugger on SIGUSR1", async () => {
    const pod = await makeLaunchedPod(join(work, "debugger"), "bare", runner);
    // to Node.js itself: a signal to the launcher is a stop
    const plan = buildLaunchPlan(["sh", "-c", "kill -USR1 $PPID; /bin/busybox sleep 1"]);
    const end = await pod.run({ plan, env: { PATH: "/bin" } });
    assert.doesNotMatch(end.output, /debugger/i);
    assert.equal(end.code, EXIT.done, end.output);
  });

  it("names a missing file of the copy", async () => {
    const pod = await makeLaunchedPod(join(work, "no-node"), "bare", runner);
    const broken = join(work, "broken");
    await copyWithout(runner, broken, RUNNER_FILES.node);
    const end = await pod.run({ env: {}, runner: broken });
    assert.equal(end.code, EXIT.failed);
    const says =
      /^start-failed: the runner could not start: \/rollcall\/node: No such file or directory; delete the pod/;
    assert.match(end.terminationMessage, says);
    assert.match(end.output, /^rollcall: start-failed: /);
  });

  it("names the limits that kept Node.js from starting", async () => {
    const pod = await makeLaunchedPod(join(work, "no-memory"), "bare", runner);
    const end = await pod.run({ env: {}, limits: ["--as=80000000"] });
    assert.equal(end.code, EXIT.failed, end.output);
    assert.match(
      end.terminationMessage,
      /^start-failed: .*before its first instruction.*; limits: .*address space \(bytes\) 80000000/,
    );
  });

  it("kills a Node.js that hangs at its start", async function () {
    const folder = join(work, "hanging");
    const to = await makeStubRunner(this, {
      folder,
      script: "exec sleep 1000",
      seconds: { startSeconds: 1 },
    });
    const end = await attempt([to, "status"], { env: { PATH: process.env["PATH"] } });
    assert.equal(end.code, 3, end.stderr);
    assert.match(end.stderr, /ended with signal 9 .* before its first instruction, for which it has 1 s/);
  });

  it("runs a command in the background until it succeeds, and returns at once", async function () {
    const folder = join(work, "background");
    const runs = join(folder, "runs");
    // it says that it has started, like the runner; the third run is killed, the fourth succeeds
    const script = `
eval "echo >&$ROLLCALL_LAUNCHER"
while [ "$1" != otobo ]; do shift; done
echo "$@ $(readlink /proc/$$/fd/0)" >> ${runs}
case $(wc -l < ${runs}) in 1|2) exit 1;; 3) kill -9 $$;; esac
`;
    const to = await makeStubRunner(this, { folder, script, seconds: { restartSeconds: 1 } });
    const began = performance.now();
    // resolves only once no process has its output open
    const end = await attempt([to, "background", "otobo", "watch"], { env: { PATH: process.env["PATH"] } });
    assert.equal(end.code, 0, end.stderr);
    const expected = "otobo watch /dev/null\n".repeat(4);
    await waitUntilPasses(async () => assert.equal(await readFile(runs, "utf8"), expected));
    assert.ok(performance.now() - began > 2_500, "it did not pause between two runs");
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    assert.equal(await readFile(runs, "utf8"), expected);
  });

  it("runs the application's own preStop if Node.js does not start", async () => {
    const pod = await makeLaunchedPod(join(work, "no-leave"), "bare", runner);
    const words = ["leave", "--", "echo", "its own preStop ran"];
    await symlink("busybox", join(pod.root, "bin/echo"));
    const end = await pod.run({ words, env: { PATH: "/bin" }, limits: ["--as=80000000"] });
    assert.equal(end.code, EXIT.done, end.output);
    assert.match(end.output, /^its own preStop ran$/m);
    assert.equal(
      end.terminationMessage,
      "",
      "in the application's container the message is the application's",
    );
  });

  it("ends status with the exit code for unknown if Node.js does not start", async () => {
    const pod = await makeLaunchedPod(join(work, "no-status"), "bare", runner);
    const end = await pod.run({ words: ["status"], env: {}, limits: ["--as=80000000"] });
    assert.equal(end.code, 3, end.output);
  });

  for (const arch of ALL_ARCHITECTURES) {
    it(`builds reproducibly for ${arch}, as a static program`, async function () {
      const first = (await requireFetched(this, () => prepareRuntime(arch))).folder;
      const to = join(work, `again-${arch}`);
      await makeLauncher({ arch, to });
      const bytes = await readFile(to);
      assert.ok(bytes.equals(await readFile(join(first, RUNNER_FILES.launcher))), "the bytes differ");
      assert.deepEqual(readElf(bytes, to).needed, []);
      assert.ok(bytes.length < 100_000, `${bytes.length} bytes`);
    });
  }

  it("starts on arm64 in an emulator", async function () {
    const emulator = "qemu-aarch64-static";
    needs(this, detectArch() === "amd64", "an amd64 machine");
    needsPrograms(this, [emulator]);
    const { folder } = await requireFetched(this, () => prepareRuntime("arm64"));
    // an emulated program can only start others if the kernel knows the emulator, which would change this machine
    const alone = join(work, "arm64");
    await mkdir(alone);
    await writeFile(join(alone, "rollcall"), await readFile(join(folder, RUNNER_FILES.launcher)), {
      mode: 0o755,
    });
    const end = await attempt([emulator, join(alone, "rollcall"), "status"], { env: {} });
    assert.equal(end.code, 3, end.stderr);
    assert.match(
      end.stderr,
      /^rollcall: start-failed: the runner could not start: .*lib\/ld\.so: No such file or/,
    );
  });
});

/** A copy of the runner made of links, without one of its files. */
async function copyWithout(runner: string, to: string, name: string): Promise<void> {
  const end = await attempt(["cp", "-al", runner, to]);
  assert.equal(end.code, 0, end.stderr);
  await unlink(join(to, name));
}

/** A runner whose launcher starts a shell script in place of Node.js. @returns the launcher's path */
async function makeStubRunner(
  context: Mocha.Context,
  {
    folder,
    script,
    seconds,
  }: {
    folder: string;
    script: string;
    seconds: Pick<Parameters<typeof makeLauncher>[0], "startSeconds" | "restartSeconds">;
  },
): Promise<string> {
  await mkdir(join(folder, "lib"), { recursive: true });
  const to = join(folder, RUNNER_FILES.launcher);
  await requireFetched(context, () => makeLauncher({ arch: detectArch(), to, ...seconds }));
  for (const file of [RUNNER_FILES.node, RUNNER_FILES.program]) await writeFile(join(folder, file), "");
  await writeFile(join(folder, RUNNER_FILES.loader), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return to;
}
