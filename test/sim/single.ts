// A fault at every call of a run in turn, and after it a crash at every call of the recovery.
import type { Survivors } from "./disk.ts";
import { CRASHES, type Fault, faultText, HOWS, type How } from "./faults.ts";
import type { Start } from "./pod.ts";
import { BEGINNINGS, type Beginning, play, type Scenario } from "./scenario.ts";
import { type Shape, shapeText } from "./shapes.ts";

/** A scenario on one line, as --replay takes it. */
export function scenarioText({ shape, beginning, faults, survivors }: Scenario): string {
  const words = [shapeText(shape), beginning, faults.map(faultText).join("+"), survivors.join("+")];
  return `single:${words.join("/")}`;
}

export class Broken extends Error {
  readonly replay: string;
  constructor(cause: unknown, replay: string) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.replay = replay;
  }
}

/** Plays one and says how to play it again where a property breaks. */
async function tryOut(scenario: Scenario): ReturnType<typeof play> {
  try {
    return await play(scenario);
  } catch (error) {
    throw new Broken(error, scenarioText(scenario));
  }
}

export function beginningsOf({ store }: Shape): Beginning[] {
  return BEGINNINGS.filter((each) => each !== "half-lost" || store === "both");
}

export function faultsOf({ calls }: Start, hows: (how: How) => boolean): Fault[] {
  return calls.flatMap(({ kind }, index) => HOWS[kind].filter(hows).map((how) => ({ index, how })));
}

/** Every single fault of a shape; returns how many scenarios were played. */
export async function everySingleFault(shape: Shape, beginning: Beginning): Promise<number> {
  const clean = await tryOut({ shape, beginning, faults: [], survivors: [] });
  let count = 1;
  const [first] = clean.starts;
  if (first === undefined) return count;
  for (const fault of faultsOf(first, () => true)) {
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

/** Faults that pass by themselves: a run that meets one need not be started again. */
const PASSING: ReadonlySet<How> = new Set(["lost", "busy", "conflict"]);

function mustHaveEnded(start: Start | undefined, scenario: Scenario): void {
  const failure = start?.outcome?.failure;
  if (failure === null) return;
  throw new Broken(
    new Error(`P4: it gave up over a fault that passes: ${failure?.name}`),
    scenarioText(scenario),
  );
}

/** After every single fault a second cut, before or after every call of the recovery. */
export async function everyDoubleFault(shape: Shape, beginning: Beginning): Promise<number> {
  const clean = await tryOut({ shape, beginning, faults: [], survivors: [] });
  let count = 1;
  const [first] = clean.starts;
  if (first === undefined) return count;
  for (const fault of faultsOf(first, () => true)) {
    const survivors: Survivors[] = CRASHES.has(fault.how) ? ["none"] : ["all"];
    const observation = await tryOut({ shape, beginning, faults: [fault], survivors });
    count += 1;
    const recovery = observation.starts[1];
    if (recovery === undefined) continue;
    for (const second of faultsOf(recovery, (how) => how === "before" || how === "after")) {
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
