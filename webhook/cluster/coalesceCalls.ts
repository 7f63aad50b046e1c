// Shares one call among all who request it at the same time. A review must get the result of a call that began after
// the review arrived: an older result may lack an object that the review's author has just stored.

type SharedCall<T> = (deadline: AbortSignal) => Promise<T>;

/**
 * A request that arrives while a call is under way waits for the next call, which begins when the first one has ended
 * and is shared by all who wait by then. A call is aborted when no one waits for it any more.
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
    // there may be no one left to handle the rejection
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

  /** Resolves when the call has ended, with or without a result. */
  async run(look: SharedCall<T>): Promise<void> {
    try {
      this.#controller.signal.throwIfAborted();
      this.#given.resolve(await look(this.#controller.signal));
    } catch (error) {
      this.#given.reject(error);
    }
  }
}
