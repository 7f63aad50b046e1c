// Too long for CI: the way down from a ring of seven with podManagementPolicy Parallel (issue 12: 1, 3). What else is
// ordered is in orderedCases.
import { sevenUnderLoad, testFailingLeaves, testTheWayDown } from "../../wayDown.ts";

describe("seven real Ozone Managers on their way down, Parallel", function () {
  this.bail(true);
  const seven = sevenUnderLoad("rollcall-ozone-down");

  testTheWayDown(seven);

  testFailingLeaves(seven);
});
