// The application that the steps work on: what was done to a pod's volume, and what was done for all of them. A step's
// work shows only at its end, and half a run leaves something that verify does not take for whole.
import type { ChildEnd, ChildRequest } from "../../init/engine/ports.ts";
import type { Actor, Scheduler } from "./scheduler.ts";

/** One run of a release step, for the property that there is at most one at a time. */
export interface ReleaseRun {
  step: string;
  release: string;
  actor: Actor;
  /** whether its runner was frozen meanwhile: then its child went on without it */
  wasFrozen: boolean;
  completed: boolean;
  over: boolean;
}

export interface ChildOf {
  actor: Actor;
  volume: string;
  release: string;
  stop: AbortSignal;
  /** freezesOf when the runner decided to start it */
  freezes: number;
}

/** What a run is, longer than the next renewal of the lock takes to come round after one that hangs. */
const RUN_MS = 17_000;
const VERIFY_MS = 100;

export class App {
  /** steps done: "pod-uid/step" for pod steps by volume, "release/step" for release steps */
  readonly done = new Set<string>();
  /** done once and then taken away from outside: markers of it are not to blame */
  readonly undone = new Set<string>();
  readonly runs: ReleaseRun[] = [];
  /** overlapping runs of release steps whose runners were all awake: never right */
  readonly overlaps: string[] = [];
  readonly #freezes = new Map<Actor, number>();
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** argv is [verb, scope, step], the verb run, verify, tell or hush; `volume` names the pod's volume and `release` the pod's image. */
  async child(request: ChildRequest, given: ChildOf): Promise<ChildEnd> {
    const [verb = "", scope = "", step = ""] = request.argv;
    const { actor } = given;
    const key = scope === "release" ? `${given.release}/${step}` : `${given.volume}/${step}`;
    // what makes the rest of a release: the last line, if there is one
    if (verb === "hush") return { is: "exited", code: 0 };
    request.onLine(`this is ${verb} of ${step}`);
    if (verb === "tell") {
      request.onLine("");
      request.onLine(step);
      return { is: "exited", code: 0 };
    }
    if (verb !== "run") {
      await this.#scheduler.at(actor, VERIFY_MS);
      return { is: "exited", code: this.done.has(key) ? 0 : 1 };
    }
    if (request.abort?.aborted || given.stop.aborted) return { is: "stopped" };
    const run = scope === "release" ? this.#begin(step, given) : null;
    let ended = false;
    const aborted = new Promise<"aborted">((resolve) => {
      for (const signal of [request.abort, given.stop]) {
        signal?.addEventListener("abort", () => resolve("aborted"), { once: true });
      }
    });
    // the child is a process of its own: a frozen runner does not freeze it
    const child: Actor = { name: `${actor.name} child`, dead: false, frozen: false };
    const finished = this.#scheduler.at(child, RUN_MS).then(() => {
      // a dead runner's container is gone, and its children with it
      if (ended || actor.dead) return "aborted" as const;
      this.done.add(key);
      if (run !== null) run.completed = true;
      return "finished" as const;
    });
    const how = await Promise.race([finished, aborted]);
    ended = true;
    if (run !== null) run.over = true;
    await this.#scheduler.at(actor, 0);
    return how === "finished" ? { is: "exited", code: 0 } : { is: "stopped" };
  }

  /** The power is cut, or the container killed: runs of the dead are over. */
  forgetDead(): void {
    for (const run of this.runs) if (run.actor.dead) run.over = true;
  }

  /** Removes a step's result, as an outside actor would. */
  undo(key: string): void {
    this.done.delete(key);
    this.undone.add(key);
  }

  /** Whether a step was ever done: what a marker vouches for. */
  wasDone(key: string): boolean {
    return this.done.has(key) || this.undone.has(key);
  }

  /** How often a runner was frozen so far: a command that it starts after such a pause, it meant to start before. */
  countFreezes(actor: Actor): number {
    return this.#freezes.get(actor) ?? 0;
  }

  /** A frozen runner cannot end its child: from here on two concurrent runs are no violation. */
  freeze(actor: Actor): void {
    this.#freezes.set(actor, this.countFreezes(actor) + 1);
    for (const run of this.runs) if (run.actor === actor) run.wasFrozen = true;
  }

  #begin(step: string, { actor, release, freezes }: ChildOf): ReleaseRun {
    this.forgetDead();
    const wasFrozen = freezes !== this.countFreezes(actor);
    for (const other of this.runs) {
      if (!other.over && !other.wasFrozen && !wasFrozen) {
        this.overlaps.push(`${actor.name} began ${step} while ${other.actor.name} ran ${other.step}`);
      }
    }
    const run = { step, release, actor, wasFrozen, completed: false, over: false };
    this.runs.push(run);
    return run;
  }
}
