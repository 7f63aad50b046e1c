// Leaving with real Ozone Managers, OrderedReady, from a ring of four: restarts without a leave, a leader on the last
// ordinal that leaves, rejoining, and leaves that fail. Each test continues with the ring of the one before.
import assert from "node:assert/strict";
import { TIMEOUT, tryRepeatedly, waitUntilPasses } from "../../../../../e2e/harness/eventually.ts";
import { assertPassed } from "../../../../../e2e/harness/guarded.ts";
import { createKubectl, type Kubectl, readClusterAccess } from "../../../../../e2e/harness/kubectl.ts";
import { measureTime } from "../../../processes/measureTime.ts";
import { mustHaveLostNothing, startClientPod } from "../../client.ts";
import {
  applyCopy,
  buildExecWords,
  listMemberIds,
  type RingPod,
  readRingRecord,
  readRingReport,
  trackRecreation,
  waitForReadyPod,
  waitForRing,
} from "../../ring.ts";
import { runAfterSuccess } from "../../runAfterSuccess.ts";
import { evictInEvent, leavesNoMore, scaleTo, setManagingProfile } from "../../wayOut.ts";

const NAMESPACE = "rollcall-leave";
const SIZE = 4;

describe("real Ozone Managers that leave their ring", function () {
  this.bail(true);
  let k: Kubectl;

  before(async () => {
    k = await applyCopy(readClusterAccess(), NAMESPACE, (spec) => {
      setManagingProfile("ozone-managed", spec);
      spec["replicas"] = SIZE;
    });
    await measureTime("a ring of four", async () => {
      for (const name of listMemberIds(SIZE)) await waitForReadyPod(k, name);
      await waitForRing(k, listMemberIds(SIZE));
    });
  });

  runAfterSuccess(() =>
    createKubectl(readClusterAccess()).run(["delete", "namespace", NAMESPACE, "--wait=false"]),
  );

  const leader = async (): Promise<string> => (await readRingReport(k, "om-0")).ring?.leader ?? "nobody";

  /** The current leader is reported as such, and the answer of a busy ring may be late. */
  const transfer = (by: string, to: string): Promise<void> =>
    waitUntilPasses(async () => {
      await k.run(buildExecWords(by, "om", "transfer", to));
      assert.equal(await leader(), to);
    });

  async function restarted(names: readonly string[], restart: () => Promise<unknown>): Promise<void> {
    const back = await trackRecreation(k, names);
    await restart();
    await back();
  }

  /** The leader and its term, before and after the leader's pod is recreated. */
  async function leaderRestarts(): Promise<{ leader: string | undefined; terms: number }> {
    await transfer("om-1", "om-0");
    const before = await waitForRing(k, listMemberIds(SIZE));
    await measureTime("the leader's pod deleted and back", () =>
      restarted(["om-0"], () => k.run(["delete", "pod", "om-0", "--wait=false"])),
    );
    const after = await waitForRing(k, listMemberIds(SIZE));
    return { leader: after.ring?.leader, terms: (after.ring?.term ?? 0) - (before.ring?.term ?? 0) };
  }

  it("a restarting leader transfers leadership first; evictions, kills and a rolling restart change no member", async () => {
    const before = await readRingRecord(k);
    // one term for the transfer, and none for an election, which would cause an outage
    await tryRepeatedly(3, async () =>
      assert.deepEqual(await leaderRestarts(), { leader: "om-1", terms: 1 }),
    );
    const eviction = JSON.stringify({
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: "om-2", namespace: NAMESPACE },
    });
    const evict = ["create", "--raw", `/api/v1/namespaces/${NAMESPACE}/pods/om-2/eviction`, "-f", "-"];
    await measureTime("one evicted", () =>
      // the PodDisruptionBudget may not know yet that all are ready
      restarted(["om-2"], () => waitUntilPasses(() => k.run(evict, eviction))),
    );
    await measureTime("one killed in its container", async () => {
      await k.run(["exec", "om-3", "-c", "om", "--", "bash", "-c", "kill 1"]);
      await waitUntilPasses(async () => {
        const { status } = await k.json<RingPod>(["get", "pod", "om-3"]);
        assert.equal(status.containerStatuses?.[0]?.restartCount, 1);
      });
      await waitForRing(k, listMemberIds(SIZE));
    });
    await measureTime("a rolling restart of four", () =>
      restarted(listMemberIds(SIZE), () => k.run(["rollout", "restart", "statefulset/om"])),
    );
    await waitForRing(k, listMemberIds(SIZE));
    assert.deepEqual(await readRingRecord(k), before, "the record was written");
  });

  it("kubectl scale 4 → 3, the leader on the last ordinal, under a client's load: nothing acknowledged is lost", async () => {
    const client = await startClientPod(k, NAMESPACE);
    await transfer("om-0", "om-3");
    await scaleTo(k, 3);
    await measureTime("om-3 gone", () => k.run(["wait", "--for=delete", "pod/om-3", TIMEOUT]));
    const { ring } = await waitForRing(k, listMemberIds(3));
    // leadership is transferred to om-0; with both cores busy another one may have been elected since
    assert.ok(listMemberIds(3).includes(ring?.leader ?? ""), ring?.leader);
    const record = await readRingRecord(k);
    assert.deepEqual(
      [record.ring?.members, Object.keys(record.tombstones ?? {})],
      [listMemberIds(3), ["om-3"]],
    );
    await mustHaveLostNothing(k, NAMESPACE, { client, moreThan: 10 });
  });

  it("3 → 4 with the old volume: it rejoins", async () => {
    assertPassed(await k.try(["scale", "statefulset/om", "--replicas=4"]));
    await measureTime("om-3 back", () => waitForReadyPod(k, "om-3"));
    await waitForRing(k, listMemberIds(SIZE));
    assert.match(
      await k.run(buildExecWords("om-3", "om", "archive", "list")),
      /of the ring .*om-3.*: the ring no longer lists this member/,
    );
    assert.deepEqual((await readRingRecord(k)).tombstones, {});
  });

  it("4 → 2 with failing leaves: the pod-deletion gate holds the second until the Event's command has run, then the scale-down completes", async () => {
    for (const name of ["om-2", "om-3"]) await leavesNoMore(k, name);
    await scaleTo(k, 2);
    await measureTime("om-3 gone without having left", () =>
      k.run(["wait", "--for=delete", "pod/om-3", TIMEOUT]),
    );
    const command = await measureTime("an Event tells that om-2 is held", () => evictInEvent(k, "om-3"));
    await waitUntilPasses(async () => {
      const { ring } = await readRingReport(k, "om-0");
      const healthy = ring?.members.filter((member) => member.healthy) ?? [];
      assert.deepEqual([ring?.members.length, healthy.length], [4, 3]);
    });
    await k.json<RingPod>(["get", "pod", "om-2"]);
    // run as printed
    assert.match(await k.run(command), /^√ om-3 was removed from the ring: leader om-/);
    await measureTime("om-2 gone, which has not left either", () =>
      k.run(["wait", "--for=delete", "pod/om-2", TIMEOUT]),
    );
    assert.match(
      await k.run(buildExecWords("om-0", "om", "evict", "om-2")),
      /^√ om-2 was removed from the ring/,
    );
    await waitForRing(k, listMemberIds(2));
    assert.deepEqual(Object.keys((await readRingRecord(k)).tombstones ?? {}).sort(), ["om-2", "om-3"]);
  });
});
