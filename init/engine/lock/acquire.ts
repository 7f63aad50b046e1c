// Taking a lock. A holder counts as gone when its lock has not changed for as long as it may, by the clock of whoever
// waits: no pod's clock is compared with another's.
import type { Cell } from "../cells/cell.ts";
import { pauseAfter, TRIES } from "../patience.ts";
import type { World } from "../ports.ts";
import { type Held, hold } from "./hold.ts";
import type { LockState } from "./state.ts";

export interface LockInput {
  cell: Cell<LockState>;
  world: World;
  /** how long it may stand without being renewed */
  seconds: number;
  /** above every fencing number that was ever used: the record's, in case the lock was deleted since */
  floor: number;
  /** monotonic milliseconds */
  deadline: number;
  /** asked while another holds it: whether the lock is still wanted */
  isStillWanted: () => Promise<boolean>;
}

export type Acquired =
  | { is: "held"; held: Held }
  | { is: "not-wanted" }
  | { is: "deadline"; holder: string }
  | { is: "stopped" }
  | { is: "failed"; why: string };

/** How often a waiting pod looks. */
const LOOK_EVERY_MS = 2_000;

interface Seen {
  version: string;
  since: number;
}

export async function acquire(input: LockInput): Promise<Acquired> {
  const { cell, world, seconds, deadline } = input;
  const me = `${world.podUid}/${world.runId}`;
  let seen = null as Seen | null;
  let failures = 0;
  let told = "";
  let tried = null as { fence: number; at: number } | null;
  for (;;) {
    if (world.stop.aborted) return { is: "stopped" };
    const began = world.monotonic();
    const reading = await cell.read();
    if (reading.is === "failed") {
      failures += 1;
      if (!reading.passing || failures >= TRIES) return { is: "failed", why: reading.why };
      await pauseAfter(failures, world);
      continue;
    }
    const state = reading.is === "value" ? reading.value : null;
    const version = reading.is === "value" ? reading.version : null;
    // our own write of a try whose answer was lost
    if (state?.holder === me && version !== null && tried !== null && state.fence === tried.fence) {
      return { is: "held", held: hold({ ...input, me, fence: state.fence, version, since: tried.at }) };
    }
    if (state !== null && version !== null && !isFree(state, world)) {
      // from behind the answer on: the question may have lain about for longer than the lock's whole time
      if (seen?.version !== version) seen = { version, since: world.monotonic() };
      const left = seen.since + state.seconds * 1000 - began;
      if (left > 0) {
        const holder = state.holder ?? "";
        if (told !== holder) world.log(`waiting for the lock ${cell.where}: it is held by ${holder}`);
        told = holder;
        if (world.monotonic() >= deadline) return { is: "deadline", holder };
        if (!(await input.isStillWanted())) return { is: "not-wanted" };
        await world.pause(Math.min(left + 1, LOOK_EVERY_MS * (0.75 + world.random() / 2)));
        continue;
      }
      world.log(`the lock ${cell.where} was not renewed for ${state.seconds} s: taking it over`);
    }
    const fence = Math.max(state?.fence ?? 0, input.floor) + 1;
    tried = { fence, at: began };
    const next: LockState = { holder: me, seconds, renewedAt: world.now().toISOString(), fence };
    const swapped = await cell.swap({ ...state, ...next }, version);
    if (swapped.is === "written") {
      return { is: "held", held: hold({ ...input, me, fence, version: swapped.version, since: began }) };
    }
    failures += 1;
    if (swapped.is === "failed" && (swapped.ends === "refused" || failures >= TRIES)) {
      return { is: "failed", why: swapped.why };
    }
    await pauseAfter(1, world);
  }
}

/**
 * Nobody's; or one that this very start could not give back; or that of an earlier start of this container, since two
 * never live in one pod at once.
 */
function isFree({ holder }: LockState, { podUid, runId }: World): boolean {
  if (holder === null || holder === `${podUid}/${runId}`) return true;
  return podUid !== "" && holder.startsWith(`${podUid}/`);
}
