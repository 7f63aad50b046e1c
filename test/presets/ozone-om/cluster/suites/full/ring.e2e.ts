// The example itself, on real Ozone Managers: a ring of three from nothing, kubectl scale to four under a client's load,
// all pods gone at once, none and back (issue 11: 1, 2, 4). Each test goes on with the ring of the one before.
import assert from "node:assert/strict";
import { eventually, TIMEOUT } from "../../../../../e2e/harness/eventually.ts";
import { assertDenied } from "../../../../../e2e/harness/guarded.ts";
import { type Kubectl, kubectl, ourCluster } from "../../../../../e2e/harness/kubectl.ts";
import { timed } from "../../../processes/timed.ts";
import { afterSuccess } from "../../afterSuccess.ts";
import { missing, openClient } from "../../client.ts";
import { nothingBootstrapped } from "../../member.ts";
import {
  anew,
  applyExample,
  ids,
  NAMESPACE,
  type Pod,
  recordOf,
  starts,
  untilReady,
  untilRing,
  verdict,
} from "../../ring.ts";

describe("real Ozone Managers in pods", function () {
  this.bail(true);
  let k: Kubectl;
  let acknowledged: string[] = [];

  before(async () => {
    k = await timed("the example is applied, its SCM is ready", async () => {
      const space = await applyExample(ourCluster());
      await space.run(["rollout", "status", "statefulset/scm", TIMEOUT]);
      return space;
    });
  });

  afterSuccess(() => kubectl(ourCluster()).run(["delete", "namespace", NAMESPACE, "--wait=false"]));

  const pod = (name: string): Promise<Pod> => k.json<Pod>(["get", "pod", name]);

  it("a fresh StatefulSet of three becomes one ring of three, one after the other, and nobody restarts", async () => {
    await timed("om-0 Ready: the seed", () => untilReady(k, "om-0"));
    const seeded = await starts(k, ["om-0"]);
    for (const name of ["om-1", "om-2"]) await timed(`${name} Ready`, () => untilReady(k, name));
    await untilRing(k, ids(3));
    assert.match(await verdict(k, "om-0"), /seed/);
    assert.match(await verdict(k, "om-2"), /bootstrap/);
    const { ring } = await recordOf(k);
    assert.deepEqual([ring?.seed, ring?.members], ["om-0", ids(3)]);
    assert.deepEqual(await starts(k, ["om-0"]), seeded);
    for (const name of ids(3)) {
      const { status } = await pod(name);
      for (const { restartCount } of [
        ...(status.containerStatuses ?? []),
        ...(status.initContainerStatuses ?? []),
      ])
        assert.equal(restartCount, 0, name);
    }
  });

  it("kubectl scale is enough: 3 → 4 under a client's load; no peer restarts, nothing acknowledged is lost", async () => {
    const before = await starts(k, ids(3));
    const client = await timed("the client's first acknowledgement", () => openClient(k, NAMESPACE));
    await k.run(["scale", "statefulset/om", "--replicas=4"]);
    await timed("om-3 Ready", () => untilReady(k, "om-3"));
    await untilRing(k, ids(4));
    assert.deepEqual(await starts(k, ids(3)), before);
    assert.deepEqual((await recordOf(k)).ring?.members, ids(4));
    acknowledged = await client.stop();
    assert.ok(acknowledged.length > 20, `only ${acknowledged.length} were acknowledged`);
    assert.deepEqual(
      await timed(`${acknowledged.length} names read back`, () => missing(k, NAMESPACE, acknowledged)),
      [],
    );
  });

  it("no member goes while it is in the ring", async () => {
    // a member that is late is told first
    await eventually(async () =>
      assertDenied(await k.try(["scale", "statefulset/om", "--replicas=3", "--dry-run=server"]), "RC018"),
    );
    assertDenied(await k.try(["scale", "statefulset/om", "--replicas=8"]), "RC105");
  });

  it("all pods deleted at once, OrderedReady: the ring comes back by itself, and nothing bootstraps", async () => {
    const back = await anew(k, ids(4));
    const { seq } = await recordOf(k);
    await k.run(["delete", "pods", ...ids(4), "--wait=false"]);
    await timed("four members back", async () => {
      await back();
      await untilRing(k, ids(4));
    });
    await nothingBootstrapped(k, ids(4));
    assert.equal((await recordOf(k)).seq, seq, "the record was written");
  });

  it("4 → 0 → 4 under maintenance: the same ring", async () => {
    assertDenied(await k.try(["scale", "statefulset/om", "--replicas=0"]), "RC007");
    const before = await untilRing(k, ids(4));
    await k.run(["annotate", "statefulset/om", "rollcall.dev/maintenance=a test"]);
    await k.run(["scale", "statefulset/om", "--replicas=0"]);
    await eventually(async () => {
      const { items } = await k.json<{ items: Pod[] }>(["get", "pods", "-l", "app=om"]);
      assert.deepEqual(items, []);
    });
    await k.run(["scale", "statefulset/om", "--replicas=4"]);
    const after = await timed("four members back", async () => {
      for (const name of ids(4)) await untilReady(k, name);
      return untilRing(k, ids(4));
    });
    await nothingBootstrapped(k, ids(4));
    assert.ok((after.ring?.term ?? 0) > (before.ring?.term ?? 0), "the same Raft group went on");
    assert.deepEqual(await missing(k, NAMESPACE, acknowledged), []);
  });
});
