// A stop by a signal other than SIGTERM: an image's STOPSIGNAL and a container's lifecycle.stopSignal can name any. The
// launcher must treat it as a stop, whatever Node.js and the step would do at that signal.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { attempt } from "../../../build/images/command.ts";
import { EXIT } from "../../../init/contract/exit.ts";
import { PLAN_ENV, POD_UID_ENV } from "../../../init/contract/places.ts";
import { needs, needsPrograms, needsRoot } from "../../requirements.ts";
import { makeStart, type StartOptions } from "../killed/process.ts";
import { buildLaunchPlan } from "../launched.ts";
import { buildShellCommand } from "../rig.ts";
import {
  checkEnd,
  openRound,
  type Round,
  readLog,
  readMarked,
  startAgain,
  stopWhen,
  WHERE,
} from "./round.ts";

/** The first real-time signal, as containerd and Docker count them. */
const SIGRTMIN = 34;

/** With an image that has it as its STOPSIGNAL, if one is known. */
const SIGNALS: readonly (readonly [string, NodeJS.Signals | number])[] = [
  ["SIGQUIT, as nginx", "SIGQUIT"],
  ["SIGWINCH, as httpd", "SIGWINCH"],
  ["SIGRTMIN+3, as systemd", SIGRTMIN + 3],
  ["SIGINT, as PostgreSQL", "SIGINT"],
  ["SIGUSR1, as HAProxy", "SIGUSR1"],
  ["SIGUSR2", "SIGUSR2"],
  ["SIGHUP", "SIGHUP"],
  ["SIGPWR", "SIGPWR"],
  ["SIGABRT", "SIGABRT"],
  ["SIGRTMIN", SIGRTMIN],
];

/** Far longer than a test takes: a step ends because it is stopped. */
const LONG_TENTHS = 1_000;

describe("a stop by a signal other than SIGTERM", function () {
  this.timeout(60_000);
  let folder = "";
  let start: StartOptions = { argv: [], hasLauncher: false };
  before(async function () {
    needsRoot(this);
    needsPrograms(this, ["unshare", "script", "stty"]);
    folder = await mkdtemp(join(tmpdir(), "rollcall-signals-"));
    start = await makeStart(folder);
    needs(this, start.hasLauncher, "the launcher");
  });
  after(() => (folder === "" ? undefined : rm(folder, { recursive: true, force: true })));

  const untilBegun = async ({ volume }: Round): Promise<void> => {
    while (!(await readLog(volume)).includes("begin one")) await pause(10);
  };

  for (const [where, isProcess1] of WHERE)
    for (const [index, [name, signal]] of SIGNALS.entries())
      it(`by ${name} is forwarded as SIGTERM and waits for the step, as ${where}`, async () => {
        const round = await openRound({
          folder,
          start,
          name: `${basename(folder)}-${index}-${isProcess1}`,
          isProcess1,
          tenths: LONG_TENTHS,
        });
        const end = await stopWhen(round, () => untilBegun(round), signal);
        await checkEnd(round, end);
        assert.equal(end.code, EXIT.failed, end.log);
        assert.deepEqual(await readLog(round.volume), ["begin one", "stopped one"]);
        assert.equal(await readMarked(round.volume), null, "a step that was stopped is marked");
        await writeFile(join(round.volume.folder, "go"), "");
        assert.deepEqual(await startAgain(round), ["begin one", "end one", "begin two", "end two"]);
      });

  it("is not triggered by a terminal's change of size", async () => {
    const round = await openRound({ folder, start, name: "terminal", isProcess1: false });
    const tty = join(folder, "tty");
    const resized = join(round.volume.folder, "resized");
    const run = buildShellCommand(
      'stty cols 91 < "$(cat "$1")" && stty size < "$(cat "$1")" > "$2"; sleep 0.5',
      tty,
      resized,
    );
    const [step] = buildLaunchPlan([]).steps;
    assert.ok(step !== undefined);
    const steps = [{ ...step, run, verify: ["test", "-s", resized] }];
    const end = await attempt(
      [
        "script",
        "-qec",
        `tty > ${tty}; exec ${start.argv.join(" ")} run --termination-log /dev/null`,
        "/dev/null",
      ],
      {
        env: {
          PATH: process.env["PATH"],
          [PLAN_ENV]: JSON.stringify({ ...round.volume.plan, steps }),
          [POD_UID_ENV]: "u",
        },
      },
    );
    assert.match(await readFile(resized, "utf8"), / 91$/m);
    assert.equal(end.code, EXIT.done, end.stdout);
  });
});
