// Too long for CI: members of a ring of three in pods that are scaled away and come back, or lose their volume (issue 11:
// 6), each with what `kubectl describe` says of it. Each test goes on with the ring before it.
import assert from "node:assert/strict";
import { eventually } from "../../../../e2e/harness/eventually.ts";
import { assertDenied } from "../../../../e2e/harness/guarded.ts";
import { type Kubectl, kubectl, ourCluster } from "../../../../e2e/harness/kubectl.ts";
import { timed } from "../../../processes/timed.ts";
import { archivesOf, initLog, markerOf, mustBeOneRing } from "../../member.ts";
import { paste } from "../../paste.ts";
import { applyCopy, ids, recordOf, ringBy, untilReady, untilRing } from "../../ring.ts";

const SPACE = "rollcall-ozone-odd";
/** rollcall-init's log has none of these where it has started nothing of Ozone. */
const NO_DAEMON = /\[(bootstrap|finish|seed|init)\]/;

describe("odd members of a ring in pods", function () {
  this.bail(true);
  let k: Kubectl;
  const access = ourCluster();

  before(async () => {
    k = await applyCopy(access, SPACE);
    await timed("three members Ready", async () => {
      for (const name of ids(3)) await untilReady(k, name, 400);
    });
    await untilRing(k, ids(3));
  });

  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === "failed") === true) return;
    await kubectl(access).run(["delete", "namespace", SPACE]);
  });

  /** Waits until `kubectl describe` says it of a pod; @returns all that it says */
  const described = (name: string, what: RegExp, seconds = 300): Promise<string> =>
    eventually(async () => {
      const text = await k.run(["describe", "pod", name]);
      assert.match(text, what);
      return text;
    }, seconds);

  it("a member that was scaled away comes back with its old volume: set aside, and bootstrapped anew", async () => {
    const was = await markerOf(k, "om-2");
    const denied = await k.try(["scale", "statefulset/om", "--replicas=2"]);
    assertDenied(denied, "RC018");
    await timed("om-2 taken out by the denial's own commands", () => paste(denied.stderr, access));
    await eventually(async () => {
      const passed = await k.try(["scale", "statefulset/om", "--replicas=2"]);
      assert.equal(passed.code, 0, passed.stderr);
    }, 60);
    await k.run(["wait", "--for=delete", "pod/om-2", "--timeout=120s"]);
    await untilRing(k, ids(2));
    await k.run(["scale", "statefulset/om", "--replicas=3"]);
    await timed("om-2 back", () => untilReady(k, "om-2", 400));
    await untilRing(k, ids(3));
    await mustBeOneRing(k, ids(3));
    assert.match(await initLog(k, "om-2"), /setting the old state aside: .*om\.db/);
    assert.match(await k.run(["describe", "pod", "om-2"]), /bootstrap done in \d/);
    const [archive, ...more] = await archivesOf(k, "om-2");
    assert.deepEqual([more, archive?.peers.toSorted()], [[], ids(3)]);
    assert.notEqual((await markerOf(k, "om-2")).steps[0]?.digest, was.steps[0]?.digest);
  });

  it("a member whose claim was deleted is not started, and describe says why", async () => {
    const record = await recordOf(k);
    await k.run(["delete", "pvc", "data-om-2", "--wait=false"]);
    await k.run(["delete", "pod", "om-2"]);
    const text = await timed("the verdict", () =>
      described("om-2", /RC221 lost-state: .*its volume is empty/),
    );
    assert.match(text, /Exit Code: +4/);
    assert.doesNotMatch(await initLog(k, "om-2"), NO_DAEMON);
    assert.deepEqual(await recordOf(k), record);
    const { ring } = await ringBy(k, "om-0");
    const found = ring?.members.map(({ id, healthy }) => `${id} ${healthy}`).sort();
    assert.deepEqual(found, ["om-0 true", "om-1 true", "om-2 false"]);
  });
});
