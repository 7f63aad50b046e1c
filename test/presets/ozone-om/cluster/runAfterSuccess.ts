// What a suite in pods removes at its end.

/** An `after` of the suite that calls it: after a failure all stays, for what it holds to be collected. */
export function runAfterSuccess(remove: () => Promise<unknown>): void {
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === "failed") === true) return;
    await remove();
  });
}
