// How long the watcher waits for settings that are not deployed (presets/otobo/runner/packages/watchPackages.ts).
import assert from "node:assert/strict";
import { computeSettingsWaitMs } from "../../../presets/otobo/runner/packages/watchPackages.ts";

describe("the wait for settings that are not deployed", () => {
  it("doubles with each round, up to the time between two looks at the files", () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5, 500].map(computeSettingsWaitMs),
      [10_000, 20_000, 40_000, 60_000, 60_000, 60_000],
    );
    assert.equal(computeSettingsWaitMs(0), 60_000);
  });
});
