// One look at the cluster for all who ask at the same time. A review may only rest on a look that began after it came:
// an older one may not have seen what the review's own author has just been told is stored.

type SharedCall<T> = (deadline: AbortSignal) => Promise<T>;

/**
 * Whoever asks while a look is under way waits for the next one, which begins when that one has ended and is shared by
 * all who wait by then. One that nobody waits for any more is given up.
 */
export function coalesceCalls<T>(look: SharedCall<T>): SharedCall<T> {
  let current: CallRound<T> | null = null;
  let next: CallRound<T> | null = null;
  const begin = (): void => {
    if (current !== null || next === null) return;
    current = next;
    next = null;
    void current.run(look).finally(() => {
      current = null;
      begin();
    });
  };
  return (deadline) => {
    if (next === null || next.isGivenUp) next = new CallRound<T>();
    const answer = next.join(deadline);
    begin();
    return answer;
  };
}

class CallRound<T> {
  readonly #given = Promise.withResolvers<T>();
  readonly #controller = new AbortController();
  #waiting = 0;

  constructor() {
    // those who have given up do not hear of it
    this.#given.promise.catch(() => undefined);
  }

  get isGivenUp(): boolean {
    return this.#controller.signal.aborted;
  }

  join(deadline: AbortSignal): Promise<T> {
    this.#waiting += 1;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting -= 1;
        if (this.#waiting === 0) this.#controller.abort();
        reject(new Error("no answer in time"));
      };
      if (deadline.aborted) {
        giveUp();
        return;
      }
      deadline.addEventListener("abort", giveUp, { once: true });
      this.#given.promise.then(resolve, reject).finally(() => deadline.removeEventListener("abort", giveUp));
    });
  }

  /** Resolves when the look has ended, whatever came of it. */
  async run(look: SharedCall<T>): Promise<void> {
    try {
      this.#controller.signal.throwIfAborted();
      this.#given.resolve(await look(this.#controller.signal));
    } catch (error) {
      this.#given.reject(error);
    }
  }
}
