// Cleanup at the end of a suite in pods.

/** An `after` hook of the calling suite that does nothing after a failure, so that the state can be collected. */
export function runAfterSuccess(remove: () => Promise<unknown>): void {
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === "failed") === true) return;
    await remove();
  });
}
