// The application on which the steps work: the state of each pod's volume, and the shared state. A step has an effect
// only at its end, and an interrupted run leaves something that verify rejects.
import type { ChildEnd, ChildRequest } from "../../init/engine/ports.ts";
import type { Actor, Scheduler } from "./scheduler.ts";

/** One run of a release step, for the property that there is at most one at a time. */
export interface ReleaseRun {
  step: string;
  release: string;
  actor: Actor;
  /** whether its runner was frozen in the meantime, so that the child continued without it */
  wasFrozen: boolean;
  completed: boolean;
  over: boolean;
}

export interface ChildOf {
  actor: Actor;
  volume: string;
  release: string;
  stop: AbortSignal;
  /** countFreezes when the runner decided to start it */
  freezes: number;
}

/** Duration of a run: longer than the time to the next renewal of the lock after one that hangs. */
const RUN_MS = 17_000;
const VERIFY_MS = 100;

export class App {
  /** completed steps: "pod-uid/step" for pod steps by volume, "release/step" for release steps */
  readonly done = new Set<string>();
  /** completed, and then undone from outside: their markers are not wrong */
  readonly undone = new Set<string>();
  readonly runs: ReleaseRun[] = [];
  /** overlapping runs of release steps whose runners were all awake: always an error */
  readonly overlaps: string[] = [];
  readonly #freezes = new Map<Actor, number>();
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /**
   * Runs a command [verb, scope, step] with verb run, verify, tell or hush; `volume` names the pod's volume and
   * `release` the pod's image.
   */
  async child(request: ChildRequest, given: ChildOf): Promise<ChildEnd> {
    const [verb = "", scope = "", step = ""] = request.argv;
    const { actor } = given;
    const key = scope === "release" ? `${given.release}/${step}` : `${given.volume}/${step}`;
    // prints nothing: the last line of output is a part of the release
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
    // the child is a separate process: freezing a runner does not freeze it
    const child: Actor = { name: `${actor.name} child`, dead: false, frozen: false };
    const finished = this.#scheduler.at(child, RUN_MS).then(() => {
      // a dead runner's container has ended, and its children with it
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

  /** After a power cut or the end of a container: forgets the runs of dead runners. */
  forgetDead(): void {
    for (const run of this.runs) if (run.actor.dead) run.over = true;
  }

  /** Removes a step's result, as an external actor would. */
  undo(key: string): void {
    this.done.delete(key);
    this.undone.add(key);
  }

  /** Whether a step was ever completed, as its marker states. */
  wasDone(key: string): boolean {
    return this.done.has(key) || this.undone.has(key);
  }

  /** How often a runner was frozen so far. A command that starts after a freeze was decided before it. */
  countFreezes(actor: Actor): number {
    return this.#freezes.get(actor) ?? 0;
  }

  /** A frozen runner cannot end its child: from now on two concurrent runs are no violation. */
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
