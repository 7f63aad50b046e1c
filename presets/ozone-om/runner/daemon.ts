// Runs an Ozone Manager in the init container until it is proven to be in the ring. The application's container then
// starts it normally (docs/research/ozone.md#decision-table).
import type { Ring } from "../../../init/contract/ring/agree.ts";
import type { LeaseHandle } from "../../../init/engine/lock/holdLock.ts";
import type { ChildEnd } from "../../../init/engine/ports.ts";
import { askRoles, observeRing } from "./ask.ts";
import { type OzoneContext, readOwnDisk } from "./context.ts";
import { findProof, type Proof, type ProofInput } from "./proof.ts";

export type DaemonResult =
  | { readonly is: "proven"; readonly evidence: string; readonly ring: Ring }
  /** it exited, or was stopped without proof; missing: the missing proof at the last check */
  | { readonly is: "ended"; readonly end: ChildEnd; readonly missing: string }
  /** a confirmed ring did not list it for several checks in a row */
  | { readonly is: "outside" };

const POLL_INTERVAL_MS = 1_000;
/** Closing a large database takes time. */
const CLOSE_MS = 60_000;
/** Checks in a row, because the leader may be about to add the member. */
const OUTSIDE_LOOKS = 20;

/** @param mayBeOutside false: the member is not in the ring until its join has completed, which is no error */
export async function runToProof(
  context: OzoneContext,
  argv: readonly string[],
  { lease, what, mayBeOutside }: { lease: LeaseHandle; what: string; mayBeOutside: boolean },
): Promise<DaemonResult> {
  const { world, ozone, keep } = context;
  const stopped = new AbortController();
  const over = new AbortController();
  const running = world
    .runChild({
      argv,
      timeoutSeconds: ozone.joinSeconds,
      abort: AbortSignal.any([stopped.signal, lease.lost]),
      forceAfterMs: CLOSE_MS,
      // another pod may begin then; a killed member completes its join at the next start
      forceKill: lease.lost,
      onLine: (line) => {
        keep(line);
        world.log(`[${what}] ${line}`);
      },
    })
    .finally(() => over.abort());
  const watched = await watch(context, over.signal, mayBeOutside);
  stopped.abort();
  const end = await running;
  if ("missing" in watched) return { is: "ended", end, missing: watched.missing };
  return watched;
}

interface WatchState {
  missing: string;
  /** checks in a row in which the ring did not list it */
  outside: number;
}

async function watch(
  context: OzoneContext,
  over: AbortSignal,
  mayBeOutside: boolean,
): Promise<Exclude<DaemonResult, { is: "ended" }> | { missing: string }> {
  const { world } = context;
  const until = AbortSignal.any([over, world.stop]);
  const watched: WatchState = { missing: "", outside: 0 };
  while (!until.aborted) {
    await world.pause(POLL_INTERVAL_MS, until);
    const observation = await observeProof(context);
    const result = over.aborted ? null : checkProof(context, observation, watched);
    if (result !== null) return result;
    if (mayBeOutside && watched.outside >= OUTSIDE_LOOKS) return { is: "outside" };
  }
  return { missing: watched.missing };
}

function checkProof(
  { me, world }: OzoneContext,
  observation: ProofInput,
  watched: WatchState,
): Extract<DaemonResult, { is: "proven" }> | null {
  const proof = findProof(me, observation);
  const proven = toProven(observation, proof);
  if (proven !== null || "evidence" in proof) return proven;
  if (proof.missing !== watched.missing) world.log(`waiting for ${proof.missing}`);
  watched.missing = proof.missing;
  watched.outside = isOutside(me, observation) ? watched.outside + 1 : 0;
  return null;
}

function toProven({ live }: ProofInput, proof: Proof): Extract<DaemonResult, { is: "proven" }> | null {
  if (live.is !== "led" || "missing" in proof) return null;
  return { is: "proven", evidence: proof.evidence, ring: live.ring };
}

const isOutside = (me: string, { live }: ProofInput): boolean =>
  live.is === "led" && !live.ring.members.some(({ id }) => id === me);

async function observeProof(context: OzoneContext): Promise<ProofInput> {
  const { ozone, me, world } = context;
  const live = await observeRing(ozone, me, world.askWeb);
  const roles = live.is === "led" ? await askRoles(ozone, live.ring.leader, world.askWeb) : null;
  const disk = await readOwnDisk(context);
  return { live, roles, raft: "unreadable" in disk ? { is: "none" } : disk.raft };
}
