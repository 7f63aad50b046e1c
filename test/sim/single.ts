// A fault at each call of a run, and then a crash at each call of the recovery.
import type { Survivors } from "./disk.ts";
import { CRASHES, type Fault, formatFault, HOWS, type How } from "./faults.ts";
import type { RunnerStart } from "./pod.ts";
import { BEGINNINGS, type InitialState, play, type Scenario } from "./scenario.ts";
import { formatShape, type PlanShape } from "./shapes.ts";

/** A scenario on one line, for --replay. */
export function formatScenario({ shape, beginning, faults, survivors }: Scenario): string {
  const words = [formatShape(shape), beginning, faults.map(formatFault).join("+"), survivors.join("+")];
  return `single:${words.join("/")}`;
}

export class Broken extends Error {
  readonly replay: string;
  constructor(cause: unknown, replay: string) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.replay = replay;
  }
}

/** Plays one scenario; if a property is violated, the error has the command that replays it. */
async function tryOut(scenario: Scenario): ReturnType<typeof play> {
  try {
    return await play(scenario);
  } catch (error) {
    throw new Broken(error, formatScenario(scenario));
  }
}

export function listInitialStates({ store }: PlanShape): InitialState[] {
  return BEGINNINGS.filter((each) => each !== "half-lost" || store === "both");
}

export function listFaults({ calls }: RunnerStart, hows: (how: How) => boolean): Fault[] {
  return calls.flatMap(({ kind }, index) => HOWS[kind].filter(hows).map((how) => ({ index, how })));
}

/** Plays every single fault of a shape; returns the number of scenarios. */
export async function playSingleFaults(shape: PlanShape, beginning: InitialState): Promise<number> {
  const clean = await tryOut({ shape, beginning, faults: [], survivors: [] });
  let count = 1;
  const [first] = clean.starts;
  if (first === undefined) return count;
  for (const fault of listFaults(first, () => true)) {
    const observation = await tryOut({ shape, beginning, faults: [fault], survivors: ["all"] });
    count += 1;
    if (PASSING.has(fault.how))
      mustHaveEnded(observation.starts[0], { shape, beginning, faults: [fault], survivors: [] });
    if (!CRASHES.has(fault.how)) continue;
    for (const survivors of othersThanAll(observation.unsynced[0] ?? 0)) {
      await tryOut({ shape, beginning, faults: [fault], survivors: [survivors] });
      count += 1;
    }
  }
  return count;
}

/** Temporary faults, after which a run does not have to be started again. */
const PASSING: ReadonlySet<How> = new Set(["lost", "busy", "conflict"]);

function mustHaveEnded(start: RunnerStart | undefined, scenario: Scenario): void {
  const failure = start?.outcome?.failure;
  if (failure === null) return;
  throw new Broken(
    new Error(`P4: it gave up over a fault that passes: ${failure?.name}`),
    formatScenario(scenario),
  );
}

/** After every single fault a second crash, before or after every call of the recovery. */
export async function playDoubleFaults(shape: PlanShape, beginning: InitialState): Promise<number> {
  const clean = await tryOut({ shape, beginning, faults: [], survivors: [] });
  let count = 1;
  const [first] = clean.starts;
  if (first === undefined) return count;
  for (const fault of listFaults(first, () => true)) {
    const survivors: Survivors[] = CRASHES.has(fault.how) ? ["none"] : ["all"];
    const observation = await tryOut({ shape, beginning, faults: [fault], survivors });
    count += 1;
    const recovery = observation.starts[1];
    if (recovery === undefined) continue;
    for (const second of listFaults(recovery, (how) => how === "before" || how === "after")) {
      await tryOut({ shape, beginning, faults: [fault, second], survivors: [...survivors, "none"] });
      count += 1;
    }
  }
  return count;
}

const othersThanAll = (unsynced: number): Survivors[] =>
  unsynced === 0
    ? []
    : ["none", ...(unsynced > 1 ? Array.from({ length: unsynced }, (_, index) => index) : [])];
