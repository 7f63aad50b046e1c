// Processes that a step leaves behind: random forests, in which some processes end while their parents do. The launcher
// is process 1 of the container, and a process limit counts each process that it does not reap.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { EXIT } from "../../../init/contract/exit.ts";
import type { Plan } from "../../../init/contract/plan.ts";
import { rollDice } from "../../sim/seeds.ts";
import type { ContainerEnd } from "../container.ts";
import { buildLaunchPlan, makeLaunchedPod, makeLaunchedRunner } from "../launched.ts";
import { makePidsLimit, type PidsLimit } from "../pidsLimit.ts";
import { PROGRAM } from "../roots.ts";

export interface OrphansInput {
  /** number of containers, each with its own forest */
  forests: number;
  minutes: number;
}

const MOST_PROCESSES = 250;

/** The processes of each forest: more than the limit. */
const FOREST = 400;

const LARGEST_TREE = 12;

/** Threads of Node.js, and the container's other processes. */
const OTHERS = 30;

/**
 * A new tree starts when fewer processes than this exist, including unreaped ones. Each of them may be the root of a
 * tree that has not grown yet.
 */
const MOST_LISTED = Math.floor((MOST_PROCESSES - OTHERS) / LARGEST_TREE);

type Chance = ReturnType<typeof rollDice>;

/** A process that sleeps for a random time. */
const sleep = (chance: Chance): string => `exec ${PROGRAM} sleep 0.${String(chance(30)).padStart(2, "0")}`;

/** Shell script of a process with this many descendants, which ends before, with or after them. */
function makeTree(below: number, chance: Chance): string {
  if (below === 0) return `(${sleep(chance)}) &`;
  const first = chance(below) + 1;
  const rest = below - first;
  const children = [makeTree(first - 1, chance), ...(rest > 0 ? [makeTree(rest - 1, chance)] : [])].join(" ");
  const end = ["exit 0", sleep(chance), "wait"][chance(3)];
  return `(${children} ${end}) &`;
}

/** A tree in the step's process group is killed at the step's end; one in its own session outlives it. */
function startTree(size: number, chance: Chance): string {
  const tree = makeTree(size - 1, chance);
  return chance(2) === 0 ? tree : `${PROGRAM} setsid ${PROGRAM} sh -c '${tree}' &`;
}

const countListed = "set -- /proc/[0-9]*";

/** Waits up to a minute. */
const waitUntil = (condition: string, otherwise: number): string =>
  `i=0; until ${condition}; do [ $i -lt 1200 ] || exit ${otherwise}; ${PROGRAM} sleep 0.05; i=$((i+1)); done`;

const TOO_MANY = 8;
const ZOMBIE = 9;

function makeForest(chance: Chance, isStopped: boolean): string {
  const lines: string[] = [];
  const stopAt = isStopped ? chance(FOREST / 2) + FOREST / 4 : Number.POSITIVE_INFINITY;
  for (let made = 0; made < FOREST; ) {
    const size = Math.min(chance(LARGEST_TREE) + 1, FOREST - made);
    lines.push(startTree(size, chance), waitUntil(`${countListed}; [ $# -lt ${MOST_LISTED} ]`, TOO_MANY));
    if (made < stopAt && made + size >= stopAt) lines.push("kill -TERM 1");
    made += size;
  }
  return lines.join("\n");
}

/** The step's verify proves that nothing was left unreaped. */
const planWith = (script: string): Plan => {
  const plan = buildLaunchPlan(["sh", "-c", script]);
  const hasZombie = `${PROGRAM} grep -q "State:.Z" /proc/[0-9]*/status 2>/dev/null`;
  const verify = [PROGRAM, "sh", "-c", waitUntil(`! ${hasZombie}`, ZOMBIE)];
  return { ...plan, steps: plan.steps.map((step) => ({ ...step, verify, timeoutSeconds: 90 })) };
};

export function describeOrphans({ forests, minutes }: OrphansInput): void {
  describe(`a step that leaves ${FOREST} processes behind, under a limit of ${MOST_PROCESSES}`, function () {
    this.timeout(minutes * 60_000);
    let work = "";
    let runner = "";
    let limit: PidsLimit | null = null;

    before(async function () {
      work = await mkdtemp(join(tmpdir(), "rollcall-orphans-"));
      runner = await makeLaunchedRunner(this, work);
      limit = await makePidsLimit(this, MOST_PROCESSES);
    });

    after(async () => {
      await limit?.remove();
      if (work !== "") await rm(work, { recursive: true, force: true });
    });

    const seed = fc.readConfigureGlobal().seed ?? 0;

    async function runForest(name: string, script: string): Promise<ContainerEnd> {
      const folder = join(work, name);
      const pod = await makeLaunchedPod(folder, "bare", runner);
      const cgroup = limit?.folder ?? "";
      const end = await pod.run({ plan: planWith(script), env: { PATH: "/bin" }, cgroup });
      await rm(folder, { recursive: true });
      assert.doesNotMatch(end.output, /can't fork/i);
      assert.equal(await limit?.countRefusals(), 0, end.output);
      return end;
    }

    it("reaps all of them, whichever ends first", async () => {
      const chance = rollDice(seed);
      for (let index = 0; index < forests; index += 1) {
        const end = await runForest(`forest-${index}`, makeForest(chance, false));
        assert.equal(end.code, EXIT.done, end.output);
        assert.match(end.output, /^rollcall: step only: done \(verify .* exited 0\)$/m);
      }
    });

    it("handles a SIGTERM while they end", async () => {
      const chance = rollDice(seed + 1);
      for (let index = 0; index < forests; index += 1) {
        const end = await runForest(`stopped-${index}`, makeForest(chance, true));
        assert.equal(end.code, EXIT.failed, end.output);
        assert.match(end.output, /^rollcall: SIGTERM: stopping$/m);
        assert.match(end.output, /^rollcall: RC208 stopped: stopped during step only/m);
      }
    });
  });
}
