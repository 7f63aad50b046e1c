// More of the simulation than `npm test` has time for; it needs no server.
import { mustHold } from "./process.ts";

describe("the engine in more of the simulation", function () {
  this.timeout(600_000);

  it("keeps its promises at every second cut, and in more schedules by seed", () => mustHold("--uncounted"));
});
