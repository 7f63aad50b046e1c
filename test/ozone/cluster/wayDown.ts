// The way down from a ring of seven whose members leave by themselves, under a client's load: the leader on the last
// ordinal, 7 → 6 → 3, 3 → 5 with the old volumes, and 7 → 3 with every leave made to fail (issue 12: 1, 3). Each test goes
// on with the ring of the one before.
import assert from "node:assert/strict";
import { assertPassed } from "../../e2e/harness/guarded.ts";
import type { Kubectl } from "../../e2e/harness/kubectl.ts";
import { timed } from "../processes/timed.ts";
import { mustHaveLostNothing, type PodClient } from "./client.ts";
import { mustBeOneRing } from "./member.ts";
import { ids, recordOf, ringBy, runner, untilReady, untilRing } from "./ring.ts";
import { evictInEvent, gone, leavesNoMore } from "./wayOut.ts";

/** What the suite's `before` has made. */
export interface Seven {
  readonly k: Kubectl;
  readonly client: PodClient;
  readonly namespace: string;
}

/** Its tests, in the suite that calls it. @param seven asked once, before the first of them */
export function testTheWayDown(seven: () => Seven): void {
  let k: Kubectl;
  let client: PodClient;
  let namespace: string;
  before(() => {
    ({ k, client, namespace } = seven());
  });

  const scale = async (replicas: number): Promise<void> =>
    assertPassed(await k.try(["scale", "statefulset/om", `--replicas=${replicas}`]));
  const tombstones = async (): Promise<string[]> => Object.keys((await recordOf(k)).tombstones ?? {}).sort();

  it("7 → 6, the leader on the last ordinal: it ends on om-0", async () => {
    await k.run(runner("om-0", "om", "transfer", "om-6"));
    await scale(6);
    await gone(k, "om-6");
    const { ring } = await untilRing(k, ids(6));
    assert.equal(ring?.leader, "om-0");
    await mustBeOneRing(k, ids(6));
  });

  it("6 → 3 at once: three orderly removals, the highest first", async () => {
    await scale(3);
    for (const pod of ["om-5", "om-4", "om-3"]) await gone(k, pod);
    await untilRing(k, ids(3));
    await mustBeOneRing(k, ids(3));
    assert.deepEqual(await tombstones(), ["om-3", "om-4", "om-5", "om-6"]);
  });

  it("3 → 5 with the old volumes", async () => {
    await scale(5);
    await timed("two members back", async () => {
      for (const name of ["om-3", "om-4"]) await untilReady(k, name, 400);
    });
    await untilRing(k, ids(5));
    await mustBeOneRing(k, ids(5));
    assert.deepEqual(await tombstones(), ["om-5", "om-6"]);
  });

  it("nothing that was acknowledged meanwhile is lost", async () => {
    await mustHaveLostNothing(k, namespace, { client, moreThan: 50 });
  });

  it("7 → 3 with every leave made to fail: one at a time goes, each held until the Event's command has run", async () => {
    await scale(7);
    await timed("two more members back", async () => {
      for (const name of ["om-5", "om-6"]) await untilReady(k, name, 400);
    });
    await untilRing(k, ids(7));
    const going = ["om-6", "om-5", "om-4", "om-3"];
    for (const pod of going) await leavesNoMore(k, pod);
    await scale(3);
    for (const [index, pod] of going.entries()) {
      await gone(k, pod);
      const { ring } = await ringBy(k, "om-0");
      const healthy = ring?.members.filter((member) => member.healthy).length ?? 0;
      assert.deepEqual([ring?.members.length, healthy], [7 - index, 6 - index], JSON.stringify(ring));
      const next = going[index + 1];
      const command = next === undefined ? runner("om-0", "om", "evict", pod) : await evictInEvent(k, pod);
      assert.match(await k.run(command), new RegExp(`^√ ${pod} is out`));
    }
    await untilRing(k, ids(3));
    await mustBeOneRing(k, ids(3));
  });
}
