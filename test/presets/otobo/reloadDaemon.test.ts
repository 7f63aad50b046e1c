// What counts as proof that the daemon has read its files again (presets/otobo/runner/packages/reloadDaemon.ts).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listDaemonProcesses } from "../../../presets/otobo/runner/daemon.ts";
import { reloadDaemon } from "../../../presets/otobo/runner/packages/reloadDaemon.ts";
import { needsPrograms } from "../../requirements.ts";

/** A daemon that SIGHUP ends, and whose children live on for some seconds. */
const DAEMON = `
$SIG{HUP} = sub { exit 0 };
for ( 1 .. 2 ) { if ( !( fork // die ) ) { sleep 8; exit 0 } }
sleep 1 while 1;
`;

describe("the reload of otobo's daemon", function () {
  this.timeout(60_000);
  let home = "";
  before(function () {
    needsPrograms(this, ["perl"]);
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  it("is not proven by another first process: children of the one before may live on", async () => {
    home = await mkdtemp(join(tmpdir(), "rollcall-daemon-"));
    await mkdir(join(home, "bin"));
    const script = join(home, "bin/otobo.Daemon.pl");
    await writeFile(script, DAEMON);
    const daemon = spawn("perl", [script], { stdio: "ignore" });
    const ended = once(daemon, "exit");
    await once(daemon, "spawn");
    const { signal } = new AbortController();
    assert.equal(await reloadDaemon({ home, say: () => undefined, stop: signal }), null);
    assert.deepEqual(await ended, [0, null]);
    assert.deepEqual(await listDaemonProcesses(home), []);
  });
});
