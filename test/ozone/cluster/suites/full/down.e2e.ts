// Too long for CI: the way down from a ring of seven with podManagementPolicy Parallel (issue 12: 1, 3). What else is
// ordered is in orderedCases.
import { type Kubectl, kubectl, ourCluster } from "../../../../e2e/harness/kubectl.ts";
import { timed } from "../../../processes/timed.ts";
import { openClient, type PodClient } from "../../client.ts";
import { applyCopy, ids, untilReady, untilRing } from "../../ring.ts";
import { testTheWayDown } from "../../wayDown.ts";
import { managedBy } from "../../wayOut.ts";

const SPACE = "rollcall-ozone-down";

describe("seven real Ozone Managers on their way down, Parallel", function () {
  this.bail(true);
  let k: Kubectl;
  let client: PodClient;
  const access = ourCluster();

  before(async () => {
    k = await applyCopy(access, SPACE, (spec) => {
      managedBy("managed", spec);
      Object.assign(spec, { replicas: 7, podManagementPolicy: "Parallel" });
    });
    await timed("a ring of seven", async () => {
      for (const name of ids(7)) await untilReady(k, name, 600);
      await untilRing(k, ids(7));
    });
    client = await openClient(k, SPACE);
  });

  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === "failed") === true) return;
    await kubectl(access).run(["delete", "namespace", SPACE, "--wait=false"]);
  });

  testTheWayDown(() => ({ k, client, namespace: SPACE }));
});
