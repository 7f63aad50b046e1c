// Too long for CI: scaling down a ring of seven with podManagementPolicy Parallel, each step an update of replicas and
// template together.
import { setUpSevenUnderLoad, testTheWayDown, withAnotherTemplate } from "../../wayDown.ts";

describe("seven real Ozone Managers that scale down while pods are recreated", function () {
  this.bail(true);
  // six members are recreated one after the other
  this.timeout(1_200_000);
  const seven = setUpSevenUnderLoad("rollcall-ozone-together");

  testTheWayDown(seven, withAnotherTemplate);
});
