// Too long for CI: what may go wrong while members leave, and drops that are thought better of (issue 12: 4, 5), in a ring
// of seven that shrinks from test to test, Parallel. The node's kubelet and the API server are taken away for a minute:
// nothing else should run on this cluster meanwhile.
import assert from "node:assert/strict";
import { eventually } from "../../../../../e2e/harness/eventually.ts";
import { assertDenied, assertPassed } from "../../../../../e2e/harness/guarded.ts";
import { type Kubectl, kubectl, ourCluster, type Said } from "../../../../../e2e/harness/kubectl.ts";
import { timed } from "../../../processes/timed.ts";
import { afterSuccess } from "../../afterSuccess.ts";
import { mustHaveLostNothing, openClient, type PodClient } from "../../client.ts";
import { mustAgree, mustBeOneRing } from "../../member.ts";
import { beginOutage, endOfOutage } from "../../node.ts";
import { paste } from "../../paste.ts";
import { ids, recordOf, ringBy, uidOf, untilReady, untilRing } from "../../ring.ts";
import { gone, sevenAtOnce } from "../../wayOut.ts";

const SPACE = "rollcall-ozone-trouble";
const NODE_SPACE = "rollcall-ozone-node";
/** Without it an Ozone Manager says that it is not initialized, and ends. */
const VERSION_FILE = "/data/metadata/om/current/VERSION";

describe("real Ozone Managers in trouble on their way out", function () {
  this.bail(true);
  let k: Kubectl;
  let node: Kubectl;
  let client: PodClient;
  const access = ourCluster();

  before(async () => {
    node = kubectl(access, NODE_SPACE);
    const made = await kubectl(access).apply([
      { apiVersion: "v1", kind: "Namespace", metadata: { name: NODE_SPACE, labels: PRIVILEGED } },
    ]);
    assertPassed(made);
    k = await sevenAtOnce(access, SPACE);
    client = await openClient(k, SPACE);
  });

  afterSuccess(() => kubectl(access).run(["delete", "namespace", SPACE, NODE_SPACE, "--wait=false"]));

  const scale = (replicas: number): Promise<Said> =>
    k.try(["scale", "statefulset/om", `--replicas=${replicas}`]);
  const leaving = (pod: string): Promise<void> =>
    eventually(async () => {
      const { metadata } = await k.json<{ metadata: { deletionTimestamp?: string } }>(["get", "pod", pod]);
      assert.ok(metadata.deletionTimestamp, `${pod} is not being deleted`);
    });

  /** The ring is these members and no others, and each of the pods that there are is one of them. */
  async function stands(count: number): Promise<void> {
    for (const name of ids(count)) await untilReady(k, name, 400);
    await untilRing(k, ids(count), 400);
    await mustBeOneRing(k, ids(count));
  }

  it("7 → 5 → 6 in one breath: what is asked for last is what stands", async () => {
    assertPassed(await scale(5));
    await leaving("om-6");
    assertPassed(await scale(6));
    await gone(k, "om-6");
    await timed("six members", () => stands(6));
    assert.deepEqual(Object.keys((await recordOf(k)).tombstones ?? {}), ["om-6"]);
  });

  it("the API server says nothing for a minute while a member leaves: it leaves all the same", async () => {
    assertPassed(await scale(5));
    await leaving("om-5");
    await beginOutage(node, "api-server", "API server frozen");
    await endOfOutage(node, "api-server");
    await eventually(() => gone(k, "om-5"), 400);
    await untilRing(k, ids(5));
    // an Ozone Manager that is out of its ring ends by itself, and may take the preStop with it before anybody could be
    // told: the record then knows of the intent alone
    await mustAgree(k, ids(5));
    const { tombstones = {}, intents = {} } = await recordOf(k);
    const told = Object.keys({ ...tombstones, ...intents }).sort();
    assert.deepEqual(told, ["om-5", "om-6"], JSON.stringify({ tombstones, intents }));
    console.log(`      the record has a ${"om-5" in tombstones ? "tombstone" : "mere intent"} of om-5`);
  });

  it("and whatever the record knows of it, it comes back, and leaves again", async () => {
    assertPassed(await scale(6));
    await timed("om-5 back", () => untilReady(k, "om-5", 400));
    await stands(6);
    assertPassed(await scale(5));
    await gone(k, "om-5");
    await stands(5);
    assert.deepEqual(Object.keys((await recordOf(k)).tombstones ?? {}).sort(), ["om-5", "om-6"]);
  });

  it("the node's kubelet is stopped for a minute: nobody leaves meanwhile, nobody else may go, then the drop ends", async () => {
    await beginOutage(node, "kubelet", "kubelet stopped");
    assertPassed(await scale(4));
    await leaving("om-4");
    const denied = await scale(3);
    console.log(denied.stderr.replace(/^/gm, "      | "));
    assertDenied(denied, "RC016");
    await endOfOutage(node, "kubelet");
    await gone(k, "om-4");
    await stands(4);
  });

  it("4 → 3 → 4 while om-3 leaves: it ends in the ring", async () => {
    const uid = await uidOf(k, "om-3");
    assertPassed(await scale(3));
    await leaving("om-3");
    assertPassed(await scale(4));
    await timed("om-3 back", () => untilReady(k, "om-3", 400, uid));
    await stands(4);
    const { tombstones = {} } = await recordOf(k);
    assert.ok(!("om-3" in tombstones));
  });

  it("the leaving one is deleted by force: whoever drops more is told how to take it out, and may then", async () => {
    assertPassed(await scale(3));
    await leaving("om-3");
    await k.run(["delete", "pod", "om-3", "--force", "--grace-period=0"]);
    await eventually(async () => {
      const { ring } = await ringBy(k, "om-0");
      const found = ring?.members.map(({ id, healthy }) => `${id} ${healthy}`).sort();
      assert.deepEqual(found, ["om-0 true", "om-1 true", "om-2 true", "om-3 false"]);
    });
    const denied = await scale(2);
    console.log(denied.stderr.replace(/^/gm, "      | "));
    assert.match(denied.stderr, /om evict om-3$/m);
    await paste(denied.stderr, access);
    await stands(3);
  });

  it("the leaving one crashes at each start: the denial's command takes it out, and then it goes", async () => {
    const shell = (script: string): Promise<Said> =>
      k.try(["exec", "om-2", "-c", "om", "--", "bash", "-c", script]);
    assertPassed(await shell(`mv ${VERSION_FILE} ${VERSION_FILE}.away && kill 1`));
    await eventually(async () => {
      const { status } = await k.json<{ status: { containerStatuses: { restartCount: number }[] } }>([
        "get",
        "pod",
        "om-2",
      ]);
      assert.ok((status.containerStatuses[0]?.restartCount ?? 0) > 1, "it does not crash");
    });
    const denied = await scale(2);
    console.log(denied.stderr.replace(/^/gm, "      | "));
    assert.match(denied.stderr, /om evict om-2$/m);
    await paste(denied.stderr, access);
    assertPassed(await scale(2));
    await gone(k, "om-2");
    await stands(2);
  });

  it("nothing that was acknowledged meanwhile is lost", async () => {
    await mustHaveLostNothing(k, SPACE, { client, moreThan: 50 });
  });
});

const PRIVILEGED = {
  "rollcall.dev/e2e": "ozone-node",
  "pod-security.kubernetes.io/enforce": "privileged",
};
