// Too long for CI: the way down from a ring of seven with podManagementPolicy Parallel (issue 12: 1, 3). What else is
// ordered is in orderedCases.
import { type Kubectl, kubectl, ourCluster } from "../../../../e2e/harness/kubectl.ts";
import { afterSuccess } from "../../afterSuccess.ts";
import { openClient, type PodClient } from "../../client.ts";
import { testFailingLeaves, testTheWayDown } from "../../wayDown.ts";
import { sevenAtOnce } from "../../wayOut.ts";

const SPACE = "rollcall-ozone-down";

describe("seven real Ozone Managers on their way down, Parallel", function () {
  this.bail(true);
  let k: Kubectl;
  let client: PodClient;
  const access = ourCluster();

  before(async () => {
    k = await sevenAtOnce(access, SPACE);
    client = await openClient(k, SPACE);
  });

  afterSuccess(() => kubectl(access).run(["delete", "namespace", SPACE, "--wait=false"]));

  testTheWayDown(() => ({ k, client, namespace: SPACE }));

  testFailingLeaves(() => ({ k }));
});
