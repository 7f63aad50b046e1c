// Random schedules, each from one seed: up to seven pods start, are killed, stopped, restarted and disconnected from
// their servers, while the StatefulSet may roll to another release and back.
import type { Plan } from "../../init/contract/plan.ts";
import { computeReleaseId } from "../../init/contract/record.ts";
import { Disk } from "./disk.ts";
import { type CallKind, HOWS, type How } from "./faults.ts";
import { createPlace, type SimPlace } from "./place.ts";
import { type RunnerStart, startPod } from "./pod.ts";
import { assertAfterCut, check, countSuccesses, readSimRecord } from "./properties.ts";
import type { Actor } from "./scheduler.ts";
import { buildShapePlan, MARKER_ROOT, type PlanShape } from "./shapes.ts";
import { Broken } from "./single.ts";

const MOST_PODS = 7;
const SHAPES = ["r", "pr", "rp", "rr", "prp"] as const;
/** Faults end after this many starts of a pod, so that the run must end. */
const FAULTY_STARTS = 3;
const STARTS = 40;

/** Random numbers from a seed. A linear congruential generator is good enough. */
export function rollDice(seed: number): (sides: number) => number {
  let state = (seed * 2_654_435_761 + 12_345) >>> 0;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

interface SimPod {
  ordinal: number;
  disk: Disk;
  uid: number;
  starts: number;
  revision: number;
  start: RunnerStart | null;
  done: boolean;
}

/** Plays one seed to its end; throws if a property is violated. */
export async function playSeed(seed: number, trace?: (line: string) => void): Promise<void> {
  try {
    await new Schedule(seed, trace).play();
  } catch (error) {
    throw new Broken(error, `seed:${seed}`);
  }
}

class Schedule {
  readonly #roll: (sides: number) => number;
  readonly #place: SimPlace = createPlace();
  readonly #shape: PlanShape;
  readonly #pods: SimPod[];
  readonly #clockwork: Actor = { name: "clockwork", dead: false, frozen: false };
  /** the newest revision; revision n runs image n % 2, so revision 2 is a rollback */
  #revision = 0;
  #rolls: number;

  constructor(seed: number, trace?: (line: string) => void) {
    if (trace !== undefined) this.#place.trace = trace;
    this.#roll = rollDice(seed);
    const roll = this.#roll;
    const steps = SHAPES[roll(SHAPES.length)] ?? "r";
    const store = (["pvc", "s3", "both"] as const)[roll(3)] ?? "pvc";
    this.#shape = { steps, store, lock: roll(2) === 0 ? "lease" : "s3" };
    const count = 2 + roll(MOST_PODS - 1);
    this.#rolls = roll(3);
    this.#pods = Array.from({ length: count }, (_, ordinal) => ({
      ordinal,
      disk: new Disk(MARKER_ROOT),
      uid: 0,
      starts: 0,
      revision: 0,
      start: null,
      done: false,
    }));
    this.#place.scheduler.choose = (among) => roll(among);
    this.#place.api.set.updateRevision = "web-r0";
  }

  async play(): Promise<void> {
    for (let turn = 0; turn < STARTS * MOST_PODS * 4; turn += 1) {
      await this.#turn();
      if (this.#pods.every(({ done }) => done) && !this.#rollOn()) return this.#judge();
    }
    check(false, () => "P4: it never comes to an end");
  }

  /** Until the start of a pod has ended in any way. */
  async #turn(): Promise<void> {
    for (const pod of this.#pods) if (pod.start === null && !pod.done) this.#begin(pod);
    const how = await this.#place.scheduler.drive(() => this.#pods.some((pod) => this.#isOver(pod)));
    check(how === "over" || this.#thaw(), () => `it hangs (${how})`);
    for (const pod of this.#pods) if (this.#isOver(pod)) this.#end(pod);
  }

  #isOver({ start }: SimPod): boolean {
    return start !== null && (start.outcome !== null || start.actor.dead || start.thrown !== null);
  }

  #plan({ ordinal, revision }: SimPod): Plan {
    return buildShapePlan(this.#shape, ordinal, {
      release: `image:${revision % 2}`,
      revision: `web-r${revision}`,
    });
  }

  #begin(pod: SimPod): void {
    pod.starts += 1;
    const roll = this.#roll;
    pod.start = startPod(this.#place, {
      plan: this.#plan(pod),
      disk: pod.disk,
      podUid: `uid-${pod.ordinal}-${pod.uid}`,
      runId: `run-${pod.ordinal}-${pod.starts}`,
      seed: roll(1_000_000),
      skew: (roll(121) - 60) * 1000,
      fault: (_index, kind) =>
        pod.starts > FAULTY_STARTS * (pod.revision + 1) ? null : this.#chance(pod, kind),
    });
  }

  #chance(pod: SimPod, kind: CallKind): How | null {
    const roll = this.#roll;
    if (roll(25) !== 0) return null;
    if (roll(3) === 0 && pod.start !== null) {
      this.#freeze(pod.start.actor, 1_000 * (1 + roll(90)));
      return null;
    }
    const hows = HOWS[kind];
    return hows[roll(hows.length)] ?? null;
  }

  #freeze(actor: Actor, milliseconds: number): void {
    this.#place.app.freeze(actor);
    this.#place.trace?.(`${this.#place.scheduler.now / 1000} ${actor.name}: FROZEN for ${milliseconds} ms`);
    actor.frozen = true;
    void this.#place.scheduler.at(this.#clockwork, milliseconds).then(() => {
      actor.frozen = false;
    });
  }

  #thaw(): boolean {
    const frozen = this.#pods.flatMap(({ start }) => (start?.actor.frozen ? [start.actor] : []));
    for (const actor of frozen) actor.frozen = false;
    return frozen.length > 0;
  }

  #end(pod: SimPod): void {
    const { start } = pod;
    if (start === null) return;
    check(start.thrown === null, () => `the engine threw ${String(start.thrown)}`);
    const killed = start.actor.dead;
    start.actor.dead = true;
    this.#place.app.forgetDead();
    if (killed) {
      pod.disk.cut(this.#roll(2) === 0 ? "all" : "none");
      // the pod was replaced, or only its container restarted
      pod.uid += this.#roll(2);
    }
    assertAfterCut({ ...this.#place, disk: pod.disk }, this.#plan(pod), start);
    pod.start = null;
    pod.done = start.outcome?.failure === null;
    // a recreated pod has the newest revision, unless the controller has not updated it yet
    if (!pod.done && (start.outcome !== null || this.#roll(2) === 0)) this.#renew(pod);
    check(
      pod.starts < STARTS,
      () => `P4: pod ${pod.ordinal} started ${pod.starts} times: ${JSON.stringify(start.outcome?.failure)}`,
    );
  }

  #renew(pod: SimPod): void {
    if (pod.revision === this.#revision) return;
    pod.revision = this.#revision;
    pod.uid += 1;
    pod.starts = FAULTY_STARTS * pod.revision;
  }

  /** Changes the template: every pod is recreated, and an old one may restart before. */
  #rollOn(): boolean {
    if (this.#rolls === 0) return false;
    this.#rolls -= 1;
    this.#revision += 1;
    const { set } = this.#place.api;
    set.generation += 1;
    set.observedGeneration += 1;
    set.updateRevision = `web-r${this.#revision}`;
    for (const pod of this.#pods) {
      pod.done = false;
      this.#renew(pod);
    }
    return true;
  }

  #judge(): void {
    const [first] = this.#pods;
    if (first === undefined) return;
    const plan = this.#plan(first);
    const record = readSimRecord(this.#place);
    check(
      record?.release?.id === computeReleaseId(plan) && record.releasing === undefined,
      () => "P3: the newest release is not the recorded one",
    );
    const fences = countSuccesses(this.#place, computeReleaseId(plan));
    // A, B, A: once for each rollout
    const times = Math.floor(this.#revision / 2) + 1;
    check(
      fences.length === times,
      () => `P3: ${plan.release} succeeded ${fences.length} times instead of ${times}, fences ${fences}`,
    );
    check(
      new Set(fences).size === fences.length,
      () => `P3: two successes under one fencing number: ${fences}`,
    );
  }
}
