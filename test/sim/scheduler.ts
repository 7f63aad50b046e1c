// A single thread and a virtual clock: every call of a simulated runner to the world is an event, and the scheduler
// decides when it happens. Time passes only if nothing else can happen.

/** A start of a runner. A dead one gets no more answers; a frozen one gets none until it is thawed. */
export interface Actor {
  name: string;
  dead: boolean;
  frozen: boolean;
}

interface Event {
  actor: Actor;
  at: number;
  order: number;
  fire: () => void;
}

/** More than any correct run needs; beyond it a run loops forever. */
const MOST_EVENTS = 50_000;

export class Scheduler {
  /** milliseconds since the simulation began */
  now = 0;
  #events: Event[] = [];
  #order = 0;
  #fired = 0;
  /** chooses one of the possible events; by default the oldest */
  choose: (count: number) => number = () => 0;

  /** Resolves when the scheduler decides, at the earliest after `delay` milliseconds. */
  at(actor: Actor, delay: number): Promise<void> {
    return new Promise((resolve) => {
      this.#events.push({ actor, at: this.now + delay, order: this.#order++, fire: resolve });
    });
  }

  /** Runs events until none is left, or until `isOver`. */
  async drive(isOver: () => boolean = () => false): Promise<"over" | "quiet" | "endless"> {
    for (;;) {
      await settled();
      if (isOver()) return "over";
      const event = this.#next();
      if (event === null) return "quiet";
      if (++this.#fired > MOST_EVENTS) return "endless";
      event.fire();
    }
  }

  #next(): Event | null {
    this.#events = this.#events.filter(({ actor }) => !actor.dead);
    const live = this.#events.filter(({ actor }) => !actor.frozen);
    if (live.length === 0) return null;
    const soonest = Math.min(...live.map(({ at }) => at));
    this.now = Math.max(this.now, soonest);
    const ready = live.filter(({ at }) => at <= this.now).sort((a, b) => a.at - b.at || a.order - b.order);
    const event = ready[this.choose(ready.length)] ?? ready[0];
    if (event === undefined) return null;
    this.#events.splice(this.#events.indexOf(event), 1);
    return event;
  }
}

/** Resolves when all promises that do not need an event have settled. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
