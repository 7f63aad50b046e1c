// The end of a container whose process 1 is Perl, like that of OTOBO's web server in S3 mode
// (docs/research/otobo.md#loader-process): the kernel does not deliver signals without a handler to process 1, so the
// managed block installs one.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { needsPrograms, needsRoot } from "../../requirements.ts";
import { makeWorker, openOtoboCli, removeProgram } from "./run.ts";
import { makeOtobo, type OtoboRig } from "./tree.ts";

/** Like OTOBO's loader: first the server, then the settings, and a child process that inherits their effect. */
const LOADER = `
$| = 1;
if ( !( fork // die ) ) { $SIG{TERM} = sub { sleep 1; print "server ended\\n"; exit 0 }; sleep 1 while 1 }
require Kernel::Config;
if ( !( fork // die ) ) { print "up\\n"; sleep 1 while 1 }
sleep 10 while 1;
`;

describe("process 1 of otobo's web", function () {
  this.timeout(60_000);
  let rig: OtoboRig;
  let child: ChildProcess;
  before(async function () {
    needsRoot(this);
    needsPrograms(this, ["perl", "unshare"]);
    await makeWorker();
    rig = await makeOtobo();
  });
  afterEach(() => child.kill("SIGKILL"));
  after(async () => {
    await rig?.remove();
    await removeProgram();
  });

  const start = async (home: string) => {
    const words = ["--pid", "--fork", "--kill-child", "perl", "-I", home, "-e", LOADER];
    child = spawn("unshare", words, { stdio: ["ignore", "pipe", "inherit"] });
    const seen = { text: "" };
    const up = new Promise<void>((resolve) =>
      child.stdout?.on("data", (chunk: Buffer) => {
        seen.text += chunk.toString();
        if (seen.text.includes("up\n")) resolve();
      }),
    );
    await up;
    const [first = 0] = await listChildren(child.pid ?? 0);
    return { first, seen };
  };
  const home = async (): Promise<string> => {
    const pod = await rig.pod(1);
    for (const step of ["home", "config"]) assert.equal((await openOtoboCli(rig, pod).run(step)).code, 0);
    return pod.home;
  };

  it("ignores SIGTERM with OTOBO's own Config.pm", async () => {
    const place = await home();
    await copyFile(join(place, "Kernel/Config.pm.docker.dist"), join(place, "Kernel/Config.pm"));
    const { first } = await start(place);
    for (const each of await listChildren(first)) process.kill(each, "SIGTERM");
    process.kill(first, "SIGTERM");
    await pause(3_000);
    assert.equal(child.exitCode, null);
    assert.match(await readFile(`/proc/${first}/comm`, "utf8"), /perl/);
  });

  it("exits on SIGTERM with the managed block once the server has ended, without affecting other processes", async () => {
    const { first, seen } = await start(await home());
    const children = await listChildren(first);
    assert.equal(children.length, 2);
    const exit = once(child, "exit");
    process.kill(first, "SIGTERM");
    await pause(500);
    assert.equal(child.exitCode, null, "it does not wait for the server");
    for (const each of children) process.kill(each, "SIGTERM");
    assert.deepEqual(await exit, [0, null]);
    assert.match(seen.text, /server ended/);
  });
});

async function listChildren(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}
