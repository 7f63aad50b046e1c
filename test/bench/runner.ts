// `npm run bench:runner`: the runner's cost in a pod. It compares the launcher with Node.js alone, `run` on a marked
// volume with both, and `install` with cp. All in one run, since only the ratios are meaningful.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeRunnerFolder } from "../../build/images/makeRunnerFolder.ts";
import {
  buildNodeCommand,
  buildRunnerCommand,
  PLAN_ENV,
  POD_UID_ENV,
  RUNNER_FILES,
} from "../../init/contract/places.ts";
import type { Plan } from "../../init/contract/plan.ts";
import { bundleRunner } from "../init/bundleRunner.ts";
import { buildLaunchPlan } from "../init/launched.ts";

const ROUNDS = 31;

/** A program that only does what the launcher waits for. */
const REPORTS_START =
  'const { writeSync } = require("node:fs");\n' +
  'if (process.env.ROLLCALL_LAUNCHER !== undefined) writeSync(Number(process.env.ROLLCALL_LAUNCHER), "1");\n';

/** The same as an ES module, which Node.js starts more slowly; the baseline of all ratios. */
const EMPTY_MODULE = 'import { writeSync } from "node:fs"; void writeSync;\n';

const planOn = (volume: string): Plan => ({
  ...buildLaunchPlan([]),
  markers: { store: "pvc", root: volume, path: ".rollcall" },
  steps: [{ name: "a", scope: "pod", run: ["true"], verify: ["true"], timeoutSeconds: 20, retries: 0 }],
});

/** The minimum for `run` on a marked volume: the same modules of Node.js, and the step's command. */
const RUNS_COMMAND =
  'require("node:crypto"); require("node:fs/promises"); require("node:timers/promises");\n' +
  'require("node:child_process").spawn("true", [], { stdio: ["ignore", "pipe", "pipe"] });\n';

/** Milliseconds of one run of a command. @throws if it fails */
function measureRunMs([program = "", ...words]: readonly string[], env: NodeJS.ProcessEnv): number {
  const began = performance.now();
  const end = spawnSync(program, words, { env, encoding: "utf8" });
  const took = performance.now() - began;
  if (end.status !== 0) throw new Error(`${program} ${words.join(" ")}: ${end.status} ${end.stderr}`);
  return took;
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

async function measureSize(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isDirectory()) return found.size;
  const files = await readdir(path, { recursive: true, withFileTypes: true });
  const sizes = files
    .filter((file) => file.isFile())
    .map(async (file) => (await stat(join(file.parentPath, file.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

const work = await mkdtemp(join(tmpdir(), "rollcall-bench-runner-"));
try {
  const folder = (name: string): string => join(work, name);
  for (const name of ["runner", "empty", "volume", "copied", "installed"]) await mkdir(folder(name));
  await makeRunnerFolder({ bundle: await bundleRunner(folder("bundle")), to: folder("runner") });
  // the same Node.js and launcher with an empty program
  execFileSync("cp", ["-al", `${folder("runner")}/.`, folder("empty")]);
  await rm(join(folder("empty"), RUNNER_FILES.program));
  await writeFile(join(folder("empty"), RUNNER_FILES.program), REPORTS_START);
  const commandOnly = join(folder("empty"), "command.cjs");
  const emptyModule = join(folder("empty"), "empty.mjs");
  await writeFile(emptyModule, EMPTY_MODULE);
  await writeFile(commandOnly, RUNS_COMMAND);
  const env = {
    // each folder before the one with the step's command costs a failed call
    PATH: "/usr/bin:/bin",
    [PLAN_ENV]: JSON.stringify(planOn(folder("volume"))),
    [POD_UID_ENV]: "u",
  };
  const run = buildRunnerCommand(folder("runner"), "run", "--termination-log", "/dev/null");
  measureRunMs(run, env);

  const starts = {
    "Node.js with an empty ES module": buildNodeCommand(folder("empty"), emptyModule),
    "the same as CommonJS": buildNodeCommand(folder("empty"), join(folder("empty"), RUNNER_FILES.program)),
    "that by the launcher": [...buildRunnerCommand(folder("empty")), "run", "--termination-log", "/dev/null"],
    "Node.js with a step's command": buildNodeCommand(folder("empty"), commandOnly),
    "rollcall --version": buildRunnerCommand(folder("runner"), "--version"),
    "rollcall run, all marked": run,
  };
  const taken = new Map<string, number[]>(Object.keys(starts).map((name) => [name, []]));
  // in turns, so that a busy moment affects all
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, argv] of Object.entries(starts)) taken.get(name)?.push(measureRunMs(argv, env));
  const floor = median(taken.get("Node.js with an empty ES module") ?? []);
  for (const [name, times] of taken) console.log(`${name.padEnd(32)}${(median(times) / floor).toFixed(2)}`);

  const copies: number[] = [];
  const installs: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    copies.push(measureRunMs(["cp", "-r", `${folder("runner")}/.`, folder("copied")], env));
    installs.push(
      measureRunMs(
        buildRunnerCommand(
          folder("runner"),
          "install",
          "--from",
          folder("runner"),
          "--to",
          folder("installed"),
        ),
        env,
      ),
    );
  }
  const ratio = (median(installs) / median(copies)).toFixed(2);
  const tell = async (times: readonly number[], copy: string): Promise<string> =>
    `${median(times).toFixed(0)} ms and ${await measureSize(folder(copy))} bytes`;
  console.log(
    `rollcall install beside cp -r    ${ratio}   ${await tell(installs, "installed")} beside ` +
      `${await tell(copies, "copied")}`,
  );
  const measureShare = async (...names: readonly string[]): Promise<string> => {
    const sizes = await Promise.all(names.map((name) => measureSize(join(folder("installed"), name))));
    return `${(sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20).toFixed(1)} MiB`;
  };
  const { node, libraries, program, modules, launcher } = RUNNER_FILES;
  console.log(
    `of it Node.js ${await measureShare(node)}, glibc ${await measureShare(libraries)}, the runner ` +
      `${await measureShare(program, modules)}, the launcher ${(await stat(join(folder("installed"), launcher))).size} bytes`,
  );
} finally {
  await rm(work, { recursive: true, force: true });
}
