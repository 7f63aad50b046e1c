// An Ozone Manager that runs only until it is proven to be in the ring, in the init container: the application's own
// container then starts it plain (docs/research/ozone.md#decision-table).
import type { Ring } from "../../../init/contract/ring/agree.ts";
import type { LeaseHandle } from "../../../init/engine/lock/holdLock.ts";
import type { ChildEnd } from "../../../init/engine/ports.ts";
import { askRoles, observeRing } from "./ask.ts";
import { type OzoneContext, readOwnDisk } from "./context.ts";
import { findProof, type Proof, type ProofInput } from "./proof.ts";

export type DaemonResult =
  | { readonly is: "proven"; readonly evidence: string; readonly ring: Ring }
  /** it ended by itself, or was ended without proof; missing: what was not there at the last look */
  | { readonly is: "ended"; readonly end: ChildEnd; readonly missing: string }
  /** a ring that a majority agrees on does not have it, look after look */
  | { readonly is: "outside" };

const LOOK_EVERY_MS = 1_000;
/** A large database takes its time to be closed. */
const CLOSE_MS = 60_000;
/** Looks in a row: the leader may be just taking it in. */
const OUTSIDE_LOOKS = 20;

/** @param mayBeOutside false: it is joining, so that it is outside for as long as that takes */
export async function runToProof(
  context: OzoneContext,
  argv: readonly string[],
  { held, what, mayBeOutside }: { held: LeaseHandle; what: string; mayBeOutside: boolean },
): Promise<DaemonResult> {
  const { world, ozone, keep } = context;
  const enough = new AbortController();
  const over = new AbortController();
  const running = world
    .runChild({
      argv,
      timeoutSeconds: ozone.joinSeconds,
      abort: AbortSignal.any([enough.signal, held.lost]),
      forceAfterMs: CLOSE_MS,
      // another may begin then, and a member that is killed is finished at its next start
      hurry: held.lost,
      onLine: (line) => {
        keep(line);
        world.log(`[${what}] ${line}`);
      },
    })
    .finally(() => over.abort());
  const watched = await watch(context, over.signal, mayBeOutside);
  enough.abort();
  const end = await running;
  if ("missing" in watched) return { is: "ended", end, missing: watched.missing };
  return watched;
}

interface WatchState {
  missing: string;
  /** looks in a row in which a ring does not have it */
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
    await world.pause(LOOK_EVERY_MS, until);
    const seen = await lookFor(context);
    const judged = over.aborted ? null : judge(context, seen, watched);
    if (judged !== null) return judged;
    if (mayBeOutside && watched.outside >= OUTSIDE_LOOKS) return { is: "outside" };
  }
  return { missing: watched.missing };
}

function judge(
  { me, world }: OzoneContext,
  seen: ProofInput,
  watched: WatchState,
): Extract<DaemonResult, { is: "proven" }> | null {
  const proof = findProof(me, seen);
  const proven = provenBy(seen, proof);
  if (proven !== null || "evidence" in proof) return proven;
  if (proof.missing !== watched.missing) world.log(`waiting for ${proof.missing}`);
  watched.missing = proof.missing;
  watched.outside = isOutside(me, seen) ? watched.outside + 1 : 0;
  return null;
}

function provenBy({ live }: ProofInput, proof: Proof): Extract<DaemonResult, { is: "proven" }> | null {
  if (live.is !== "led" || "missing" in proof) return null;
  return { is: "proven", evidence: proof.evidence, ring: live.ring };
}

const isOutside = (me: string, { live }: ProofInput): boolean =>
  live.is === "led" && !live.ring.members.some(({ id }) => id === me);

async function lookFor(context: OzoneContext): Promise<ProofInput> {
  const { ozone, me, world } = context;
  const live = await observeRing(ozone, me, world.askWeb);
  const roles = live.is === "led" ? await askRoles(ozone, live.ring.leader, world.askWeb) : null;
  const disk = await readOwnDisk(context);
  return { live, roles, raft: "unreadable" in disk ? { is: "none" } : disk.raft };
}
