// Too long for CI: the way down from a ring of seven with podManagementPolicy Parallel, each step an update of replicas
// and template together (issue 12: 1).
import { type Kubectl, kubectl, ourCluster } from "../../../../e2e/harness/kubectl.ts";
import { afterSuccess } from "../../afterSuccess.ts";
import { openClient, type PodClient } from "../../client.ts";
import { testTheWayDown, withAnotherTemplate } from "../../wayDown.ts";
import { sevenAtOnce } from "../../wayOut.ts";

const SPACE = "rollcall-ozone-together";

describe("seven real Ozone Managers on their way down, made anew meanwhile", function () {
  this.bail(true);
  let k: Kubectl;
  let client: PodClient;
  const access = ourCluster();

  before(async () => {
    k = await sevenAtOnce(access, SPACE);
    client = await openClient(k, SPACE);
  });

  afterSuccess(() => kubectl(access).run(["delete", "namespace", SPACE, "--wait=false"]));

  testTheWayDown(() => ({ k, client, namespace: SPACE }), withAnotherTemplate);
});
