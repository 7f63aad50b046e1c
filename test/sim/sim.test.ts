// The quick part of the simulation, which reaches every branch of the engine's decisions.
import { expectPropertiesHold } from "./expectPropertiesHold.ts";

describe("the engine in the simulation", function () {
  this.timeout(600_000);

  it("keeps its properties at every fault and reaches every branch", () => expectPropertiesHold());
});
