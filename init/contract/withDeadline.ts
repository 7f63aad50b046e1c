// What must be answered by a deadline, whether those who are asked answer or not.

/**
 * What is asked, or at the deadline something else instead; what still comes then is dropped.
 * @param instead may throw, which rejects
 */
export function withDeadline<T>(asked: Promise<T>, deadline: AbortSignal, instead: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      try {
        resolve(instead());
      } catch (error) {
        reject(error);
      }
    };
    // a signal that is aborted already fires no event
    if (deadline.aborted) end();
    else deadline.addEventListener("abort", end, { once: true });
    asked.then(resolve, reject).finally(() => deadline.removeEventListener("abort", end));
  });
}
