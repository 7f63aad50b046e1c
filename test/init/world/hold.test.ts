// Holding a lock while an answer is missing: a single renewal without an answer must not end the work under the lock.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cell } from "../../../init/engine/cells/cell.ts";
import { holdLock } from "../../../init/engine/lock/holdLock.ts";
import type { LockState } from "../../../init/engine/lock/state.ts";
import { openWorld } from "../../../init/world/open.ts";

const SECONDS = 3;

const worldNow = () =>
  openWorld({
    plan: { s3: null, api: null },
    env: {},
    stop: new AbortController().signal,
    log: () => undefined,
    runId: "run",
  });

/** A cell whose first calls never answer. @param does whether the first write takes effect all the same */
function cellWith(hanging: number, does: "nothing" | "written") {
  let version = 1;
  let calls = 0;
  const writes: (string | null)[] = [];
  const never = new Promise<never>(() => undefined);
  const cell: Cell<LockState> = {
    where: "a lock",
    read: async () => {
      calls += 1;
      if (calls <= hanging) return never;
      return {
        is: "value",
        value: { holder: "me", seconds: SECONDS, renewedAt: "", fence: 7 },
        version: String(version),
      };
    },
    compareAndSwap: async ({ holder }, read) => {
      calls += 1;
      const isHanging = calls <= hanging;
      if (isHanging && does === "nothing") return never;
      if (read !== String(version)) return { is: "lost" };
      version += 1;
      writes.push(holder);
      return isHanging ? never : { is: "written", version: String(version) };
    },
  };
  return { cell, writes };
}

describe("a held lock", () => {
  for (const does of ["nothing", "written"] as const) {
    it(`is kept after a renewal without an answer that was ${does === "written" ? "" : "not "}written`, async () => {
      const world = await worldNow();
      const { cell, writes } = cellWith(1, does);
      const lease = holdLock({
        cell,
        world,
        seconds: SECONDS,
        me: "me",
        fence: 7,
        version: "1",
        since: world.monotonic(),
      });
      await sleep(SECONDS * 1_000);
      assert.equal(lease.lost.aborted, false);
      await lease.release();
      assert.equal(writes.at(-1), null, "given back");
    });
  }

  it("is kept if every answer arrives after the call timeout", async () => {
    const world = await worldNow();
    const { cell } = cellWith(0, "written");
    const slow: Cell<LockState> = {
      ...cell,
      compareAndSwap: async (value, version) => {
        await sleep((SECONDS * 500) / 3);
        return cell.compareAndSwap(value, version);
      },
    };
    const given = { cell: slow, world, seconds: SECONDS, me: "me", fence: 7, version: "1" };
    const lease = holdLock({ ...given, since: world.monotonic() });
    await sleep(SECONDS * 1_000 * 2);
    assert.equal(lease.lost.aborted, false);
    await lease.release();
  });

  it("is given up without any answer", async () => {
    const world = await worldNow();
    const { cell } = cellWith(Number.POSITIVE_INFINITY, "nothing");
    const given = { cell, world, seconds: SECONDS, me: "me", fence: 7, version: "1" };
    const lease = holdLock({ ...given, since: world.monotonic() });
    await sleep(SECONDS * 1_000 * 0.9);
    assert.equal(lease.lost.aborted, true);
    await lease.release();
  });
});
