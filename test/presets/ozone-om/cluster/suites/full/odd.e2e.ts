// Too long for CI: members of a ring of three in pods that are removed and return, lose their volume, or have a full
// one, each with the output of `kubectl describe`. Each test continues with the ring of the one before.
import assert from "node:assert/strict";
import { waitUntilPasses } from "../../../../../e2e/harness/eventually.ts";
import { assertDenied } from "../../../../../e2e/harness/guarded.ts";
import { createKubectl, type Kubectl, readClusterAccess } from "../../../../../e2e/harness/kubectl.ts";
import { measureTime } from "../../../processes/measureTime.ts";
import { mustBeOneRing, readInitLog, readMemberArchives, readMemberMarker } from "../../member.ts";
import {
  applyCopy,
  listMemberIds,
  readPodUid,
  readRingRecord,
  readRingReport,
  waitForReadyPod,
  waitForRing,
} from "../../ring.ts";
import { runAfterSuccess } from "../../runAfterSuccess.ts";
import { runPastedCommands } from "../../runPastedCommands.ts";
import { makeSmallVolume, type SmallVolume } from "../../smallVolume.ts";

const SPACE = "rollcall-ozone-odd";
/** The log of rollcall-init contains none of these if it started no program of Ozone. */
const NO_DAEMON = /\[(bootstrap|finish|seed|init)\]/;

describe("unusual members of a ring in pods", function () {
  this.bail(true);
  let k: Kubectl;
  let small: SmallVolume;
  const access = readClusterAccess();

  before(async () => {
    k = await applyCopy(access, SPACE);
    await measureTime("three members Ready", async () => {
      for (const name of listMemberIds(3)) await waitForReadyPod(k, name, 400);
    });
    await waitForRing(k, listMemberIds(3));
  });

  runAfterSuccess(async () => {
    await createKubectl(access).run(["delete", "namespace", SPACE]);
    await createKubectl(access).run(["delete", "persistentvolume", small.name]);
  });

  /** Waits until `kubectl describe` shows this for a pod; @returns the whole output */
  const described = (name: string, what: RegExp, seconds = 300): Promise<string> =>
    waitUntilPasses(async () => {
      const text = await k.run(["describe", "pod", name]);
      assert.match(text, what);
      return text;
    }, seconds);

  it("a removed member that returns with its old volume archives it and rejoins", async () => {
    const was = await readMemberMarker(k, "om-2");
    const denied = await k.try(["scale", "statefulset/om", "--replicas=2"]);
    assertDenied(denied, "RC018");
    await measureTime("om-2 taken out by the denial's own commands", () =>
      runPastedCommands(denied.stderr, access),
    );
    await waitUntilPasses(async () => {
      const passed = await k.try(["scale", "statefulset/om", "--replicas=2"]);
      assert.equal(passed.code, 0, passed.stderr);
    }, 60);
    await k.run(["wait", "--for=delete", "pod/om-2", "--timeout=120s"]);
    await waitForRing(k, listMemberIds(2));
    await k.run(["scale", "statefulset/om", "--replicas=3"]);
    await measureTime("om-2 back", () => waitForReadyPod(k, "om-2", 400));
    await waitForRing(k, listMemberIds(3));
    await mustBeOneRing(k, listMemberIds(3));
    assert.match(await readInitLog(k, "om-2"), /archiving the old state: .*om\.db/);
    assert.match(await k.run(["describe", "pod", "om-2"]), /bootstrap done in \d/);
    const [archive, ...more] = await readMemberArchives(k, "om-2");
    assert.deepEqual([more, archive?.peers.toSorted()], [[], listMemberIds(3)]);
    assert.notEqual((await readMemberMarker(k, "om-2")).steps[0]?.digest, was.steps[0]?.digest);
  });

  it("a member whose claim was deleted is not started, and describe shows why", async () => {
    const record = await readRingRecord(k);
    await k.run(["delete", "pvc", "data-om-2", "--wait=false"]);
    await k.run(["delete", "pod", "om-2"]);
    const text = await measureTime("the verdict", () =>
      described("om-2", /RC221 state-lost: .*its volume is empty/),
    );
    assert.match(text, /Exit Code: +4/);
    assert.doesNotMatch(await readInitLog(k, "om-2"), NO_DAEMON);
    assert.deepEqual(await readRingRecord(k), record);
    const { ring } = await readRingReport(k, "om-0");
    const found = ring?.members.map(({ id, healthy }) => `${id} ${healthy}`).sort();
    assert.deepEqual(found, ["om-0 true", "om-1 true", "om-2 false"]);
  });

  it("and rejoins by itself after the commands shown there", async () => {
    await runPastedCommands(await k.run(["describe", "pod", "om-2"]), access);
    await measureTime("om-2 back on an empty volume", () => waitForReadyPod(k, "om-2", 560));
    await waitForRing(k, listMemberIds(3));
    await mustBeOneRing(k, listMemberIds(3));
    assert.deepEqual(await readMemberArchives(k, "om-2"), []);
  });

  it("a member on a full volume does not join, and describe shows why", async () => {
    small = await makeSmallVolume(k, SPACE, "data-om-3");
    await small.fill();
    const record = await readRingRecord(k);
    await k.run(["scale", "statefulset/om", "--replicas=4"]);
    const text = await measureTime("the verdict", () =>
      described("om-3", /RC\d+ \S+: .*volume is full \(ENOSPC\)/),
    );
    assert.match(text, /Exit Code: +1/);
    assert.doesNotMatch(await readInitLog(k, "om-3"), NO_DAEMON);
    assert.deepEqual((await readRingRecord(k)).ring, record.ring);
    await waitForRing(k, listMemberIds(3));
  });

  it("and joins once there is space", async () => {
    await small.empty();
    await measureTime("om-3 Ready", () => waitForReadyPod(k, "om-3", 560));
    await waitForRing(k, listMemberIds(4));
    await mustBeOneRing(k, listMemberIds(4));
  });

  it("a member with a full volume restarts, because nothing has to be written, and is healthy after a restart with space", async () => {
    await small.fill();
    const uid = await readPodUid(k, "om-3");
    await k.run(["delete", "pod", "om-3"]);
    const text = await waitUntilPasses(async () => {
      assert.notEqual(await readPodUid(k, "om-3"), uid);
      const said = await k.run(["describe", "pod", "om-3"]);
      assert.match(said, /bootstrap already done|RC\d+/);
      return said;
    });
    assert.match(text, /bootstrap already done/);
    assert.doesNotMatch(await readInitLog(k, "om-3"), NO_DAEMON);
    // Ozone starts partially: without space it does not start its web server, and does not start it later either
    await waitUntilPasses(async () => {
      assert.match(await k.run(["logs", "om-3", "-c", "om"]), /No space left on device/);
    }, 240);
    await described("om-3", /Startup probe failed: .*connection refused/);
    await small.empty();
    await k.run(["delete", "pod", "om-3"]);
    await measureTime("om-3 Ready once there is room", () => waitForReadyPod(k, "om-3", 400));
    await waitForRing(k, listMemberIds(4));
    await mustBeOneRing(k, listMemberIds(4));
  });
});
