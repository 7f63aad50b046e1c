// The example on real Ozone Managers: a new ring of three, kubectl scale to four under a client's load, deletion of all
// pods at once, scaling to zero and back. Each test continues with the ring of the one before.
import assert from "node:assert/strict";
import { TIMEOUT, waitUntilPasses } from "../../../../../e2e/harness/eventually.ts";
import { assertDenied } from "../../../../../e2e/harness/guarded.ts";
import { createKubectl, type Kubectl, readClusterAccess } from "../../../../../e2e/harness/kubectl.ts";
import { measureTime } from "../../../processes/measureTime.ts";
import { findMissingNames, startClientPod } from "../../client.ts";
import { assertNothingBootstrapped } from "../../member.ts";
import {
  applyExample,
  listMemberIds,
  RING_NAMESPACE,
  type RingPod,
  readRingRecord,
  readTerminationMessage,
  starts,
  trackRecreation,
  waitForReadyPod,
  waitForRing,
} from "../../ring.ts";
import { runAfterSuccess } from "../../runAfterSuccess.ts";

describe("real Ozone Managers in pods", function () {
  this.bail(true);
  let k: Kubectl;
  let acknowledged: string[] = [];

  before(async () => {
    k = await measureTime("the example is applied, its SCM is ready", async () => {
      const space = await applyExample(readClusterAccess());
      await space.run(["rollout", "status", "statefulset/scm", TIMEOUT]);
      return space;
    });
  });

  runAfterSuccess(() =>
    createKubectl(readClusterAccess()).run(["delete", "namespace", RING_NAMESPACE, "--wait=false"]),
  );

  const pod = (name: string): Promise<RingPod> => k.json<RingPod>(["get", "pod", name]);

  it("a fresh StatefulSet of three forms one ring, one member after the other, without restarts", async () => {
    await measureTime("om-0 Ready: the seed", () => waitForReadyPod(k, "om-0"));
    const seeded = await starts(k, ["om-0"]);
    for (const name of ["om-1", "om-2"]) await measureTime(`${name} Ready`, () => waitForReadyPod(k, name));
    await waitForRing(k, listMemberIds(3));
    assert.match(await readTerminationMessage(k, "om-0"), /seed/);
    assert.match(await readTerminationMessage(k, "om-2"), /bootstrap/);
    const { ring } = await readRingRecord(k);
    assert.deepEqual([ring?.seed, ring?.members], ["om-0", listMemberIds(3)]);
    assert.deepEqual(await starts(k, ["om-0"]), seeded);
    for (const name of listMemberIds(3)) {
      const { status } = await pod(name);
      for (const { restartCount } of [
        ...(status.containerStatuses ?? []),
        ...(status.initContainerStatuses ?? []),
      ])
        assert.equal(restartCount, 0, name);
    }
  });

  it("kubectl scale 3 → 4 under a client's load restarts no peer and loses no acknowledged write", async () => {
    const before = await starts(k, listMemberIds(3));
    const client = await measureTime("the client's first acknowledgement", () =>
      startClientPod(k, RING_NAMESPACE),
    );
    await k.run(["scale", "statefulset/om", "--replicas=4"]);
    await measureTime("om-3 Ready", () => waitForReadyPod(k, "om-3"));
    await waitForRing(k, listMemberIds(4));
    assert.deepEqual(await starts(k, listMemberIds(3)), before);
    assert.deepEqual((await readRingRecord(k)).ring?.members, listMemberIds(4));
    acknowledged = await client.stop();
    assert.ok(acknowledged.length > 20, `only ${acknowledged.length} were acknowledged`);
    assert.deepEqual(
      await measureTime(`${acknowledged.length} names read back`, () =>
        findMissingNames(k, RING_NAMESPACE, acknowledged),
      ),
      [],
    );
  });

  it("no pod is removed while it is in the ring", async () => {
    // the example's policy is Managed, with which the member would leave by itself
    const drained = JSON.stringify({ spec: { ozoneOM: { scaleDown: { policy: "Drained" } } } });
    await k.run(["patch", "rollcallprofile", "ozone", "--type=merge", "-p", drained]);
    // the edit takes effect a moment later, and a member that is late is reported first
    await waitUntilPasses(async () =>
      assertDenied(await k.try(["scale", "statefulset/om", "--replicas=3", "--dry-run=server"]), "RC018"),
    );
    assertDenied(await k.try(["scale", "statefulset/om", "--replicas=8"]), "RC105");
  });

  it("all pods deleted at once, OrderedReady: the ring recovers without a bootstrap", async () => {
    const back = await trackRecreation(k, listMemberIds(4));
    const { seq } = await readRingRecord(k);
    await k.run(["delete", "pods", ...listMemberIds(4), "--wait=false"]);
    await measureTime("four members back", async () => {
      await back();
      await waitForRing(k, listMemberIds(4));
    });
    await assertNothingBootstrapped(k, listMemberIds(4));
    assert.equal((await readRingRecord(k)).seq, seq, "the record was written");
  });

  it("4 → 0 → 4 under maintenance: the same ring", async () => {
    assertDenied(await k.try(["scale", "statefulset/om", "--replicas=0"]), "RC007");
    const before = await waitForRing(k, listMemberIds(4));
    await k.run(["annotate", "statefulset/om", "rollcall.dev/maintenance=a test"]);
    await k.run(["scale", "statefulset/om", "--replicas=0"]);
    await waitUntilPasses(async () => {
      const { items } = await k.json<{ items: RingPod[] }>(["get", "pods", "-l", "app=om"]);
      assert.deepEqual(items, []);
    });
    await k.run(["scale", "statefulset/om", "--replicas=4"]);
    const after = await measureTime("four members back", async () => {
      for (const name of listMemberIds(4)) await waitForReadyPod(k, name);
      return waitForRing(k, listMemberIds(4));
    });
    await assertNothingBootstrapped(k, listMemberIds(4));
    assert.ok((after.ring?.term ?? 0) > (before.ring?.term ?? 0), "the same Raft group went on");
    assert.deepEqual(await findMissingNames(k, RING_NAMESPACE, acknowledged), []);
  });
});
