// Too long for CI: the way down from a ring of seven with podManagementPolicy Parallel. What else is ordered is in
// orderedCases.
import { setUpSevenUnderLoad, testFailingLeaves, testTheWayDown } from "../../wayDown.ts";

describe("seven real Ozone Managers that scale down, Parallel", function () {
  this.bail(true);
  const seven = setUpSevenUnderLoad("rollcall-ozone-down");

  testTheWayDown(seven);

  testFailingLeaves(seven);
});
