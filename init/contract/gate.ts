// A weighted semaphore.

/** Admits a total weight at once, in order of arrival. */
export class Gate {
  readonly #most: number;
  readonly #waiting: { weight: number; open: () => void }[] = [];
  #inside = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns the function that releases the weight; null if the deadline came first */
  async enter(weight: number, deadline: AbortSignal): Promise<(() => void) | null> {
    const entered = this.tryEnter(weight);
    if (entered !== null) return entered;
    return (await this.#wait(weight, deadline)) ? this.#leaver(weight) : null;
  }

  /**
   * Enters without waiting.
   * @param most a lower limit for this call, to keep capacity for others
   * @returns the function that releases the weight; null if it would have to wait
   */
  tryEnter(weight: number, most = this.#most): (() => void) | null {
    if (this.#waiting.length > 0 || this.#inside + weight > most) return null;
    this.#inside += weight;
    return this.#leaver(weight);
  }

  #leaver(weight: number): () => void {
    return () => {
      this.#inside -= weight;
      if (this.#waiting.length > 0) this.#letIn();
    };
  }

  #wait(weight: number, deadline: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const giveUp = (): void => {
        const at = this.#waiting.indexOf(waiter);
        if (at < 0) return;
        this.#waiting.splice(at, 1);
        resolve(false);
        this.#letIn();
      };
      const waiter = {
        weight,
        open: () => {
          deadline.removeEventListener("abort", giveUp);
          resolve(true);
        },
      };
      this.#waiting.push(waiter);
      if (deadline.aborted) giveUp();
      else deadline.addEventListener("abort", giveUp, { once: true });
    });
  }

  #letIn(): void {
    for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
      if (this.#inside + next.weight > this.#most) return;
      this.#waiting.shift();
      this.#inside += next.weight;
      next.open();
    }
  }
}
