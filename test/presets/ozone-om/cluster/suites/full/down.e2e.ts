// Too long for CI: scaling down a ring of seven with podManagementPolicy Parallel. orderedCases.e2e.ts has the cases
// with OrderedReady.
import { setUpSevenUnderLoad, testFailingLeaves, testTheWayDown } from "../../wayDown.ts";

describe("seven real Ozone Managers that scale down, Parallel", function () {
  this.bail(true);
  const seven = setUpSevenUnderLoad("rollcall-ozone-down");

  testTheWayDown(seven);

  testFailingLeaves(seven);
});
