// Too long for CI: the seed's ordered cases whole, with podManagementPolicy OrderedReady and members that leave by
// themselves: 3 → 4 → 7 → changed configuration → leader on the last ordinal → 6 → 3 → 5, by kubectl scale alone and under
// a client's load; then 7 → 3 with leaves that fail (issue 12: 1, 3).
import assert from "node:assert/strict";
import { type Kubectl, kubectl, ourCluster } from "../../../../../e2e/harness/kubectl.ts";
import { timed } from "../../../processes/timed.ts";
import { afterSuccess } from "../../afterSuccess.ts";
import { openClient, type PodClient } from "../../client.ts";
import { mustBeOneRing, nothingBootstrapped } from "../../member.ts";
import { anew, applyCopy, ids, recordOf, untilReady, untilRing, update, withHandlers } from "../../ring.ts";
import { byScaling, testFailingLeaves, testTheWayDown } from "../../wayDown.ts";
import { managedBy } from "../../wayOut.ts";

const SPACE = "rollcall-ozone-ordered";

describe("the seed's ordered cases on real Ozone Managers, OrderedReady", function () {
  this.bail(true);
  let k: Kubectl;
  let client: PodClient;
  const access = ourCluster();

  before(async () => {
    k = await applyCopy(access, SPACE, (spec) => managedBy("ozone-managed", spec));
    await timed("a ring of three", () => untilMembers(3));
    client = await openClient(k, SPACE);
  });

  afterSuccess(() => kubectl(access).run(["delete", "namespace", SPACE, "--wait=false"]));

  async function untilMembers(count: number): Promise<void> {
    for (const name of ids(count)) await untilReady(k, name, 500);
    await untilRing(k, ids(count));
  }

  for (const [from, to] of [
    [3, 4],
    [4, 7],
  ] as const) {
    it(`${from} → ${to}`, async () => {
      await byScaling.to(k, to);
      await timed(`${to - from} more members`, () => untilMembers(to));
      await mustBeOneRing(k, ids(to));
    });
  }

  it("a changed configuration: every pod is made anew, and no member is", async function () {
    this.timeout(1_200_000);
    const back = await anew(k, ids(7), 580);
    const record = await recordOf(k);
    await update(k, { template: withHandlers(21) });
    await timed("seven members made anew", back);
    await untilRing(k, ids(7));
    await nothingBootstrapped(k, ids(7));
    assert.deepEqual(await recordOf(k), record);
  });

  testTheWayDown(() => ({ k, client, namespace: SPACE }));

  testFailingLeaves(() => ({ k }));
});
