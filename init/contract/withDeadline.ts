// Limits a promise by a deadline.

/**
 * Resolves as `work` does, or with the result of `onDeadline` once the deadline has passed. A later result of `work` is
 * ignored.
 * @param onDeadline may throw, which rejects
 */
export function withDeadline<T>(work: Promise<T>, deadline: AbortSignal, onDeadline: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      try {
        resolve(onDeadline());
      } catch (error) {
        reject(error);
      }
    };
    // a signal that is aborted already fires no event
    if (deadline.aborted) end();
    else deadline.addEventListener("abort", end, { once: true });
    work.then(resolve, reject).finally(() => deadline.removeEventListener("abort", end));
  });
}
