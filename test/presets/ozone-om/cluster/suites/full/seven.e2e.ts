// Too long for CI: a ring created in parallel, replicas and template changed in one update, from four to seven, a
// changed configuration at seven, and back to three with the denial's commands, under a client's load. Each test
// continues with the ring of the one before.
import assert from "node:assert/strict";
import { assertDenied, assertPassed } from "../../../../../e2e/harness/guarded.ts";
import { createKubectl, type Kubectl, readClusterAccess } from "../../../../../e2e/harness/kubectl.ts";
import { measureTime } from "../../../processes/measureTime.ts";
import { mustHaveLostNothing, type PodClient, startClientPod } from "../../client.ts";
import {
  assertNothingBootstrapped,
  mustBeOneRing,
  mustHaveJoinedInTurn,
  readMemberMarker,
} from "../../member.ts";
import {
  applyCopy,
  buildExecWords,
  listMemberIds,
  type RingPod,
  readRingRecord,
  readRingReport,
  starts,
  trackRecreation,
  update,
  waitForReadyPod,
  waitForRing,
  withHandlers,
} from "../../ring.ts";
import { runAfterSuccess } from "../../runAfterSuccess.ts";
import { runPastedCommands } from "../../runPastedCommands.ts";

const SPACE = "rollcall-ozone-full";

describe("seven real Ozone Managers in pods", function () {
  this.bail(true);
  let k: Kubectl;
  let client: PodClient;
  const access = readClusterAccess();

  before(async () => {
    k = await applyCopy(access, SPACE, (spec) => {
      spec["podManagementPolicy"] = "Parallel";
    });
  });

  runAfterSuccess(() => createKubectl(access).run(["delete", "namespace", SPACE]));

  /** Asserts that the client went on writing during the work. */
  async function whileWriting(work: () => Promise<void>): Promise<void> {
    const before = (await client.acknowledged()).length;
    await work();
    const more = (await client.acknowledged()).length - before;
    console.log(`      ${more} writes were acknowledged meanwhile`);
    assert.ok(more > 20, `only ${more} writes were acknowledged meanwhile`);
  }

  it("a fresh StatefulSet of three, Parallel: one ring of three without restarts", async () => {
    await measureTime("om-0 Ready: the seed (SCM included)", () => waitForReadyPod(k, "om-0", 400));
    const seeded = await starts(k, ["om-0"]);
    await measureTime("all three Ready", async () => {
      for (const name of listMemberIds(3)) await waitForReadyPod(k, name, 400);
    });
    await waitForRing(k, listMemberIds(3));
    await mustBeOneRing(k, listMemberIds(3));
    await mustHaveJoinedInTurn(k, listMemberIds(3).slice(1));
    assert.deepEqual(await starts(k, ["om-0"]), seeded);
    for (const name of listMemberIds(3)) {
      const { status } = await k.json<RingPod>(["get", "pod", name]);
      const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
      for (const { restartCount } of containers) assert.equal(restartCount, 0, name);
    }
  });

  it("3 → 4 with replicas and template in one update", async () => {
    client = await startClientPod(k, SPACE);
    const back = await trackRecreation(k, listMemberIds(3), 400);
    await whileWriting(async () => {
      await update(k, { replicas: 4, template: withHandlers(20) });
      await measureTime("om-3 Ready", () => waitForReadyPod(k, "om-3", 400));
      await measureTime("the three others made anew", back);
    });
    await waitForRing(k, listMemberIds(4));
    await mustBeOneRing(k, listMemberIds(4));
    await assertNothingBootstrapped(k, listMemberIds(3));
  });

  it("4 → 7: members join one at a time, and no peer restarts", async () => {
    const before = await starts(k, listMemberIds(4));
    await whileWriting(async () => {
      await k.run(["scale", "statefulset/om", "--replicas=7"]);
      await measureTime("seven members Ready", async () => {
        for (const name of listMemberIds(7)) await waitForReadyPod(k, name, 500);
      });
    });
    await waitForRing(k, listMemberIds(7));
    await mustBeOneRing(k, listMemberIds(7));
    await mustHaveJoinedInTurn(k, listMemberIds(7).slice(4));
    assert.deepEqual(await starts(k, listMemberIds(4)), before);
  });

  it("a changed configuration at seven: a rolling restart without any change of membership", async function () {
    // a minute for each member if nothing else runs
    this.timeout(1_200_000);
    const back = await trackRecreation(k, listMemberIds(7), 580);
    const markers = await Promise.all(listMemberIds(7).map((name) => readMemberMarker(k, name)));
    const { seq } = await readRingRecord(k);
    const { ring } = await readRingReport(k, "om-0");
    assert.ok(ring);
    await whileWriting(async () => {
      await update(k, { template: withHandlers(21) });
      await measureTime(`seven members made anew (the leader was ${ring.leader})`, back);
    });
    await waitForRing(k, listMemberIds(7));
    await mustBeOneRing(k, listMemberIds(7));
    await assertNothingBootstrapped(k, listMemberIds(7));
    assert.equal((await readRingRecord(k)).seq, seq, "the record was written");
    assert.deepEqual(await Promise.all(listMemberIds(7).map((name) => readMemberMarker(k, name))), markers);
    const after = await readRingReport(k, "om-0");
    console.log(`      term ${ring.term} became ${after.ring?.term}, the leader is ${after.ring?.leader}`);
    // each leader transferred leadership before it stopped: the first to om-0, and om-0, the last to restart, to om-1
    const handOvers = ring.leader === "om-0" ? 1 : 2;
    assert.deepEqual([after.ring?.leader, after.ring?.term], ["om-1", ring.term + handOvers]);
  });

  it("7 → 3 under policy Drained: denied, and allowed after the denial's commands", async () => {
    await k.run(buildExecWords("om-0", "om", "transfer", "om-6"));
    const drop = ["scale", "statefulset/om", "--replicas=3"];
    const denied = await k.try(drop);
    assertDenied(denied, "RC018");
    console.log(denied.stderr.replace(/^/gm, "      | "));
    await measureTime("four members taken out by the denial's own commands", () =>
      runPastedCommands(denied.stderr, access),
    );
    assertPassed(await k.try(drop));
    for (const name of listMemberIds(7).slice(3))
      await k.run(["wait", "--for=delete", `pod/${name}`, "--timeout=200s"]);
    await waitForRing(k, listMemberIds(3));
    await mustBeOneRing(k, listMemberIds(3));
  });

  it("loses no acknowledged write", async () => {
    await mustHaveLostNothing(k, SPACE, { client, moreThan: 100 });
  });
});
