// Too long for CI: all cases with podManagementPolicy OrderedReady and members that leave by themselves: 3 → 4 → 7 →
// changed configuration → leader on the last ordinal → 6 → 3 → 5, by kubectl scale alone and under a client's load;
// then 7 → 3 with leaves that fail.
import assert from "node:assert/strict";
import { createKubectl, type Kubectl, readClusterAccess } from "../../../../../e2e/harness/kubectl.ts";
import { measureTime } from "../../../processes/measureTime.ts";
import { type PodClient, startClientPod } from "../../client.ts";
import { assertNothingBootstrapped, mustBeOneRing } from "../../member.ts";
import {
  applyCopy,
  listMemberIds,
  readRingRecord,
  trackRecreation,
  update,
  waitForReadyPod,
  waitForRing,
  withHandlers,
} from "../../ring.ts";
import { runAfterSuccess } from "../../runAfterSuccess.ts";
import { byScaling, testFailingLeaves, testTheWayDown } from "../../wayDown.ts";
import { setManagingProfile } from "../../wayOut.ts";

const SPACE = "rollcall-ozone-ordered";

describe("ordered cases on real Ozone Managers, OrderedReady", function () {
  this.bail(true);
  let k: Kubectl;
  let client: PodClient;
  const access = readClusterAccess();

  before(async () => {
    k = await applyCopy(access, SPACE, (spec) => setManagingProfile("ozone-managed", spec));
    await measureTime("a ring of three", () => untilMembers(3));
    client = await startClientPod(k, SPACE);
  });

  runAfterSuccess(() => createKubectl(access).run(["delete", "namespace", SPACE, "--wait=false"]));

  async function untilMembers(count: number): Promise<void> {
    for (const name of listMemberIds(count)) await waitForReadyPod(k, name, 500);
    await waitForRing(k, listMemberIds(count));
  }

  for (const [from, to] of [
    [3, 4],
    [4, 7],
  ] as const) {
    it(`${from} → ${to}`, async () => {
      await byScaling.to(k, to);
      await measureTime(`${to - from} more members`, () => untilMembers(to));
      await mustBeOneRing(k, listMemberIds(to));
    });
  }

  it("a changed configuration recreates every pod without a change of membership", async function () {
    this.timeout(1_200_000);
    const back = await trackRecreation(k, listMemberIds(7), 580);
    const record = await readRingRecord(k);
    await update(k, { template: withHandlers(21) });
    await measureTime("seven members made anew", back);
    await waitForRing(k, listMemberIds(7));
    await assertNothingBootstrapped(k, listMemberIds(7));
    assert.deepEqual(await readRingRecord(k), record);
  });

  testTheWayDown(() => ({ k, client, namespace: SPACE }));

  testFailingLeaves(() => ({ k }));
});
