// The gate's ring of real Ozone Managers: three from nothing, 3 → 4 and 4 → 3 by kubectl scale under a client's load.
// Everything else that a ring goes through is in full/.
import assert from "node:assert/strict";
import { eventually, TIMEOUT } from "../../../../e2e/harness/eventually.ts";
import { type Kubectl, kubectl, ourCluster } from "../../../../e2e/harness/kubectl.ts";
import { timed } from "../../processes/timed.ts";
import { afterSuccess } from "../afterSuccess.ts";
import { mustHaveLostNothing, openClient, type PodClient } from "../client.ts";
import { applyCopy, ids, recordOf, ringBy, runner, starts, untilReady, untilRing, verdict } from "../ring.ts";
import { managedBy, scaleTo } from "../wayOut.ts";

const NAMESPACE = "rollcall-gate";

describe("a ring of real Ozone Managers", function () {
  this.bail(true);
  let k: Kubectl;
  let client: PodClient;

  before(async () => {
    k = await applyCopy(ourCluster(), NAMESPACE, (spec) => managedBy("ozone-managed", spec));
  });

  afterSuccess(() => kubectl(ourCluster()).run(["delete", "namespace", NAMESPACE, "--wait=false"]));

  it("starts with three members: one seeds, two join, and none restarts", async () => {
    for (const name of ids(3)) await timed(`${name} Ready`, () => untilReady(k, name));
    await untilRing(k, ids(3));
    assert.match(await verdict(k, "om-0"), /seed/);
    for (const name of ["om-1", "om-2"]) assert.match(await verdict(k, name), /bootstrap/);
    const { ring } = await recordOf(k);
    assert.deepEqual([ring?.seed, ring?.members], ["om-0", ids(3)]);
    for (const started of Object.values(await starts(k, ids(3)))) assert.match(started, / 0$/);
  });

  it("grows from three to four under a client's load, and no other member restarts", async () => {
    const before = await starts(k, ids(3));
    client = await timed("the client's first acknowledgement", () => openClient(k, NAMESPACE));
    await k.run(["scale", "statefulset/om", "--replicas=4"]);
    await timed("om-3 Ready", () => untilReady(k, "om-3"));
    await untilRing(k, ids(4));
    assert.deepEqual(await starts(k, ids(3)), before);
    assert.deepEqual((await recordOf(k)).ring?.members, ids(4));
  });

  it("shrinks from four to three while the member that goes is the leader, and loses no acknowledged write", async () => {
    // a busy ring's answer may be late
    await eventually(async () => {
      await k.run(runner("om-0", "om", "transfer", "om-3"));
      assert.equal((await ringBy(k, "om-0")).ring?.leader, "om-3");
    });
    await scaleTo(k, 3);
    await timed("om-3 gone", () => k.run(["wait", "--for=delete", "pod/om-3", TIMEOUT]));
    await untilRing(k, ids(3));
    const { ring, tombstones } = await recordOf(k);
    assert.deepEqual([ring?.members, Object.keys(tombstones ?? {})], [ids(3), ["om-3"]]);
    await mustHaveLostNothing(k, NAMESPACE, { client, moreThan: 20 });
  });
});
