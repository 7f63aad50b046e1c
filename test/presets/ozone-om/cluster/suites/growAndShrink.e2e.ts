// The gate's ring of real Ozone Managers: a new ring of three, 3 → 4 and 4 → 3 by kubectl scale under a client's load.
// All other cases are in full/.
import assert from "node:assert/strict";
import { TIMEOUT, waitUntilPasses } from "../../../../e2e/harness/eventually.ts";
import { createKubectl, type Kubectl, readClusterAccess } from "../../../../e2e/harness/kubectl.ts";
import { measureTime } from "../../processes/measureTime.ts";
import { mustHaveLostNothing, type PodClient, startClientPod } from "../client.ts";
import {
  applyCopy,
  buildExecWords,
  listMemberIds,
  readRingRecord,
  readRingReport,
  readTerminationMessage,
  starts,
  waitForReadyPod,
  waitForRing,
} from "../ring.ts";
import { runAfterSuccess } from "../runAfterSuccess.ts";
import { scaleTo, setManagingProfile } from "../wayOut.ts";

const NAMESPACE = "rollcall-gate";

describe("a ring of real Ozone Managers", function () {
  this.bail(true);
  let k: Kubectl;
  let client: PodClient;

  before(async () => {
    k = await applyCopy(readClusterAccess(), NAMESPACE, (spec) => setManagingProfile("ozone-managed", spec));
  });

  runAfterSuccess(() =>
    createKubectl(readClusterAccess()).run(["delete", "namespace", NAMESPACE, "--wait=false"]),
  );

  it("starts with three members: one seeds, two join, and none restarts", async () => {
    for (const name of listMemberIds(3)) await measureTime(`${name} Ready`, () => waitForReadyPod(k, name));
    await waitForRing(k, listMemberIds(3));
    assert.match(await readTerminationMessage(k, "om-0"), /seed/);
    for (const name of ["om-1", "om-2"]) assert.match(await readTerminationMessage(k, name), /bootstrap/);
    const { ring } = await readRingRecord(k);
    assert.deepEqual([ring?.seed, ring?.members], ["om-0", listMemberIds(3)]);
    for (const started of Object.values(await starts(k, listMemberIds(3)))) assert.match(started, / 0$/);
  });

  it("grows from three to four under a client's load, and no other member restarts", async () => {
    const before = await starts(k, listMemberIds(3));
    client = await measureTime("the client's first acknowledgement", () => startClientPod(k, NAMESPACE));
    await k.run(["scale", "statefulset/om", "--replicas=4"]);
    await measureTime("om-3 Ready", () => waitForReadyPod(k, "om-3"));
    await waitForRing(k, listMemberIds(4));
    assert.deepEqual(await starts(k, listMemberIds(3)), before);
    assert.deepEqual((await readRingRecord(k)).ring?.members, listMemberIds(4));
  });

  it("shrinks from four to three while the removed member is the leader, and loses no acknowledged write", async () => {
    // the answer of a busy ring may be late
    await waitUntilPasses(async () => {
      await k.run(buildExecWords("om-0", "om", "transfer", "om-3"));
      assert.equal((await readRingReport(k, "om-0")).ring?.leader, "om-3");
    });
    await scaleTo(k, 3);
    await measureTime("om-3 gone", () => k.run(["wait", "--for=delete", "pod/om-3", TIMEOUT]));
    await waitForRing(k, listMemberIds(3));
    const { ring, tombstones } = await readRingRecord(k);
    assert.deepEqual([ring?.members, Object.keys(tombstones ?? {})], [listMemberIds(3), ["om-3"]]);
    await mustHaveLostNothing(k, NAMESPACE, { client, moreThan: 20 });
  });
});
