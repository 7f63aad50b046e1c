// Too long for CI: a ring made in parallel, replicas and template changed by one update, from four to seven, a changed
// configuration at seven, and back to three by the denial's commands (issue 11: 1, 2, 3; issue 12: 2), a client writing all
// the while. Each test goes on with the ring before it.
import assert from "node:assert/strict";
import { assertDenied, assertPassed } from "../../../../../e2e/harness/guarded.ts";
import { type Kubectl, kubectl, ourCluster } from "../../../../../e2e/harness/kubectl.ts";
import { timed } from "../../../processes/timed.ts";
import { afterSuccess } from "../../afterSuccess.ts";
import { mustHaveLostNothing, openClient, type PodClient } from "../../client.ts";
import { markerOf, mustBeOneRing, mustHaveJoinedInTurn, nothingBootstrapped } from "../../member.ts";
import { paste } from "../../paste.ts";
import {
  anew,
  applyCopy,
  ids,
  type Pod,
  recordOf,
  ringBy,
  runner,
  starts,
  untilReady,
  untilRing,
  update,
  withHandlers,
} from "../../ring.ts";

const SPACE = "rollcall-ozone-full";

describe("seven real Ozone Managers in pods", function () {
  this.bail(true);
  let k: Kubectl;
  let client: PodClient;
  const access = ourCluster();

  before(async () => {
    k = await applyCopy(access, SPACE, (spec) => {
      spec["podManagementPolicy"] = "Parallel";
    });
  });

  afterSuccess(() => kubectl(access).run(["delete", "namespace", SPACE]));

  /** The client must have gone on meanwhile, not only before. */
  async function whileWriting(work: () => Promise<void>): Promise<void> {
    const before = (await client.acknowledged()).length;
    await work();
    const more = (await client.acknowledged()).length - before;
    console.log(`      ${more} writes were acknowledged meanwhile`);
    assert.ok(more > 20, `only ${more} writes were acknowledged meanwhile`);
  }

  it("a fresh StatefulSet of three, Parallel: one ring of three, and nobody restarts", async () => {
    await timed("om-0 Ready: the seed (SCM included)", () => untilReady(k, "om-0", 400));
    const seeded = await starts(k, ["om-0"]);
    await timed("all three Ready", async () => {
      for (const name of ids(3)) await untilReady(k, name, 400);
    });
    await untilRing(k, ids(3));
    await mustBeOneRing(k, ids(3));
    await mustHaveJoinedInTurn(k, ids(3).slice(1));
    assert.deepEqual(await starts(k, ["om-0"]), seeded);
    for (const name of ids(3)) {
      const { status } = await k.json<Pod>(["get", "pod", name]);
      const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
      for (const { restartCount } of containers) assert.equal(restartCount, 0, name);
    }
  });

  it("3 → 4 with replicas and template in one update", async () => {
    client = await openClient(k, SPACE);
    const back = await anew(k, ids(3), 400);
    await whileWriting(async () => {
      await update(k, { replicas: 4, template: withHandlers(20) });
      await timed("om-3 Ready", () => untilReady(k, "om-3", 400));
      await timed("the three others made anew", back);
    });
    await untilRing(k, ids(4));
    await mustBeOneRing(k, ids(4));
    await nothingBootstrapped(k, ids(3));
  });

  it("4 → 7: members join one at a time, and no peer restarts", async () => {
    const before = await starts(k, ids(4));
    await whileWriting(async () => {
      await k.run(["scale", "statefulset/om", "--replicas=7"]);
      await timed("seven members Ready", async () => {
        for (const name of ids(7)) await untilReady(k, name, 500);
      });
    });
    await untilRing(k, ids(7));
    await mustBeOneRing(k, ids(7));
    await mustHaveJoinedInTurn(k, ids(7).slice(4));
    assert.deepEqual(await starts(k, ids(4)), before);
  });

  it("a changed configuration at seven: a rolling restart without any change of membership", async function () {
    // a minute each where nothing else runs
    this.timeout(1_200_000);
    const back = await anew(k, ids(7), 580);
    const markers = await Promise.all(ids(7).map((name) => markerOf(k, name)));
    const { seq } = await recordOf(k);
    const { ring } = await ringBy(k, "om-0");
    assert.ok(ring);
    await whileWriting(async () => {
      await update(k, { template: withHandlers(21) });
      await timed(`seven members made anew (the leader was ${ring.leader})`, back);
    });
    await untilRing(k, ids(7));
    await mustBeOneRing(k, ids(7));
    await nothingBootstrapped(k, ids(7));
    assert.equal((await recordOf(k)).seq, seq, "the record was written");
    assert.deepEqual(await Promise.all(ids(7).map((name) => markerOf(k, name))), markers);
    const after = await ringBy(k, "om-0");
    console.log(`      term ${ring.term} became ${after.ring?.term}, the leader is ${after.ring?.leader}`);
    // each leader handed over before it stopped: the first to om-0, and om-0, the last to restart, to om-1
    const handOvers = ring.leader === "om-0" ? 1 : 2;
    assert.deepEqual([after.ring?.leader, after.ring?.term], ["om-1", ring.term + handOvers]);
  });

  it("7 → 3 where members do not leave by themselves: denied; after the denial's own commands it passes", async () => {
    await k.run(runner("om-0", "om", "transfer", "om-6"));
    const drop = ["scale", "statefulset/om", "--replicas=3"];
    const denied = await k.try(drop);
    assertDenied(denied, "RC018");
    console.log(denied.stderr.replace(/^/gm, "      | "));
    await timed("four members taken out by the denial's own commands", () => paste(denied.stderr, access));
    assertPassed(await k.try(drop));
    for (const name of ids(7).slice(3))
      await k.run(["wait", "--for=delete", `pod/${name}`, "--timeout=200s"]);
    await untilRing(k, ids(3));
    await mustBeOneRing(k, ids(3));
  });

  it("and nothing that was acknowledged meanwhile is lost", async () => {
    await mustHaveLostNothing(k, SPACE, { client, moreThan: 100 });
  });
});
