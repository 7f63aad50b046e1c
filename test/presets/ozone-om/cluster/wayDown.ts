// Scaling down a ring of seven whose members leave by themselves, under a client's load: the leader on the last
// ordinal, 7 → 6 → 3, 3 → 5 with the old volumes, and 7 → 3 with all leaves failing. Each test continues with the ring
// of the one before.
import assert from "node:assert/strict";
import { createKubectl, type Kubectl, readClusterAccess } from "../../../e2e/harness/kubectl.ts";
import { measureTime } from "../processes/measureTime.ts";
import { mustHaveLostNothing, type PodClient, startClientPod } from "./client.ts";
import { assertNothingBootstrapped, mustBeOneRing } from "./member.ts";
import {
  buildExecWords,
  listMemberIds,
  readRingRecord,
  readRingReport,
  trackRecreation,
  update,
  waitForReadyPod,
  waitForRing,
  withHandlers,
} from "./ring.ts";
import { runAfterSuccess } from "./runAfterSuccess.ts";
import { runPastedCommands } from "./runPastedCommands.ts";
import { leavesNoMore, scaleTo, startSevenAtOnce, waitForEvictionEvent, waitUntilGone } from "./wayOut.ts";

/** The result of the suite's `before`. */
export interface Seven {
  readonly k: Kubectl;
  readonly client: PodClient;
  readonly namespace: string;
}

/** Creates a ring of seven, Parallel, and a client that writes, before the tests of the calling suite. */
export function setUpSevenUnderLoad(namespace: string): () => Seven {
  let made: Seven;
  const access = readClusterAccess();

  before(async () => {
    const k = await startSevenAtOnce(access, namespace);
    made = { k, namespace, client: await startClientPod(k, namespace) };
  });

  runAfterSuccess(() => createKubectl(access).run(["delete", "namespace", namespace, "--wait=false"]));

  return () => made;
}

export interface ScalingMethod {
  /** scales to this number; @returns a function that waits until other changes of the same request are done */
  to(k: Kubectl, replicas: number): Promise<() => Promise<void>>;
  /** the leader after the leader on the last ordinal has left */
  readonly leader: string;
}

/** With kubectl scale. */
export const byScaling: ScalingMethod = {
  to: async (k, replicas) => {
    await scaleTo(k, replicas);
    return async () => undefined;
  },
  leader: "om-0",
};

/** One update of replicas and template: the remaining members are recreated while others leave or join. */
export const withAnotherTemplate: ScalingMethod = {
  to: async (k, replicas) => {
    const { spec } = await k.json<{ spec: { replicas: number } }>(["get", "statefulset", "om"]);
    const staying = listMemberIds(Math.min(spec.replicas, replicas));
    const back = await trackRecreation(k, staying, 500);
    await update(k, { replicas, template: withHandlers(20 + replicas) });
    return async () => {
      await measureTime(`${staying.length} others made anew`, back);
      await assertNothingBootstrapped(k, staying);
    };
  },
  // om-0 is recreated last, and transfers leadership before
  leader: "om-1",
};

/** 7 → 6 → 3 → 5, in the calling suite. @param seven called once, before the first test */
export function testTheWayDown(seven: () => Seven, scaling = byScaling): void {
  let k: Kubectl;
  let client: PodClient;
  let namespace: string;
  before(() => {
    ({ k, client, namespace } = seven());
  });

  const tombstones = async (): Promise<string[]> =>
    Object.keys((await readRingRecord(k)).tombstones ?? {}).sort();

  it("7 → 6 with the leader on the last ordinal: leadership moves to the lowest", async () => {
    await k.run(buildExecWords("om-0", "om", "transfer", "om-6"));
    const rest = await scaling.to(k, 6);
    await waitUntilGone(k, "om-6");
    await rest();
    const { ring } = await waitForRing(k, listMemberIds(6));
    assert.equal(ring?.leader, scaling.leader);
    await mustBeOneRing(k, listMemberIds(6));
  });

  it("6 → 3 at once: three orderly removals, the highest first", async () => {
    const rest = await scaling.to(k, 3);
    for (const pod of ["om-5", "om-4", "om-3"]) await waitUntilGone(k, pod);
    await rest();
    await waitForRing(k, listMemberIds(3));
    await mustBeOneRing(k, listMemberIds(3));
    assert.deepEqual(await tombstones(), ["om-3", "om-4", "om-5", "om-6"]);
  });

  it("3 → 5 with the old volumes", async () => {
    const rest = await scaling.to(k, 5);
    await measureTime("two members back", async () => {
      for (const name of ["om-3", "om-4"]) await waitForReadyPod(k, name, 400);
    });
    await rest();
    await waitForRing(k, listMemberIds(5));
    await mustBeOneRing(k, listMemberIds(5));
    assert.deepEqual(await tombstones(), ["om-5", "om-6"]);
  });

  it("loses no acknowledged write", async () => {
    await mustHaveLostNothing(k, namespace, { client, moreThan: 50 });
  });
}

/** 7 → 3 while no member can leave, in the calling suite. @param given called once, before the test */
export function testFailingLeaves(given: () => Pick<Seven, "k">): void {
  const access = readClusterAccess();
  it("7 → 3 with failing leaves: one removal at a time, each held until the Event's command has run", async () => {
    const { k } = given();
    await byScaling.to(k, 7);
    await measureTime("two more members back", async () => {
      for (const name of ["om-5", "om-6"]) await waitForReadyPod(k, name, 400);
    });
    await waitForRing(k, listMemberIds(7));
    const going = ["om-6", "om-5", "om-4", "om-3"];
    for (const pod of going) await leavesNoMore(k, pod);
    await byScaling.to(k, 3);
    for (const [index, pod] of going.entries()) {
      await waitUntilGone(k, pod);
      const { ring } = await readRingReport(k, "om-0");
      const healthy = ring?.members.filter((member) => member.healthy).length ?? 0;
      assert.deepEqual([ring?.members.length, healthy], [7 - index, 6 - index], JSON.stringify(ring));
      const next = going[index + 1];
      // after the last of the Event's commands the controller retries at once; with Parallel its pauses have grown to
      // minutes
      if (next !== undefined) await runPastedCommands(await waitForEvictionEvent(k, pod), access);
      else
        assert.match(
          await k.run(buildExecWords("om-0", "om", "evict", pod)),
          new RegExp(`^√ ${pod} was removed from the ring`),
        );
    }
    await waitForRing(k, listMemberIds(3));
    await mustBeOneRing(k, listMemberIds(3));
  });
}
