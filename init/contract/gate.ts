// A bound on what goes on at once.

/** Lets in so much at once, first come, first served. */
export class Gate {
  readonly #most: number;
  readonly #waiting: { weight: number; open: () => void }[] = [];
  #inside = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns to be called once it is out again; null where the deadline came first */
  async enter(weight: number, deadline: AbortSignal): Promise<(() => void) | null> {
    const entered = this.tryEnter(weight);
    if (entered !== null) return entered;
    return (await this.#wait(weight, deadline)) ? this.#leaver(weight) : null;
  }

  /**
   * Enters if it need not wait.
   * @param most for it, where others are to find room beside it
   * @returns to be called once it is out again; null where it would have to wait
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
