// The decision table (docs/research/ozone.md#decision-table) as one pure function. The own disk alone never proves
// membership: a live ring beats it, and so does a tombstone. Only where no leader can be found and there is no
// tombstone does its word start a member, so that a whole ring that was down comes up again.
import type { Ring } from "../../../../init/contract/ring/agree.ts";
import { isMajority } from "../../../../init/contract/ring/majority.ts";
import { type Standing, standingOf } from "../read/disk.ts";
import type { Clear, Decision } from "./decision.ts";
import { mismatchOf } from "./mismatch.ts";
import { whySeedNot } from "./seed.ts";
import type { Leaderless, Seen } from "./seen.ts";

export function decide(seen: Seen): Decision {
  const why = mismatchOf(seen);
  if (why !== null) return { do: "fatal", why };
  const standing = standingOf(seen.disk);
  const { live, me, record } = seen;
  if (live.is === "leaderless") return withoutLeader(seen, live, standing);
  const { ring } = live;
  if (ring.members.some(({ id }) => id === me)) return insideOf(seen, ring, standing);
  // taken out while its ordinal stays: it would come back by itself, which is what nobody asked for
  if (record.tombstone?.finished === false) return wait(EVICTED);
  return outsideOf(seen, ring, standing);
}

const wait = (what: string): Decision => ({ do: "wait", for: what });
const lost = (why: string): Decision => ({ do: "state-lost", why });

const EVICTED =
  "its readmission: it was taken out of the ring on purpose, and joins again after `om rejoin` in a running member (kubectl exec), or once a " +
  "scale-down has taken its ordinal out of the replicas";

const idsOf = ({ members }: Ring): string[] => members.map(({ id }) => id);

/** The live ring counts on this member's votes and on what it has acknowledged. */
function insideOf({ disk }: Seen, ring: Ring, standing: Standing): Decision {
  const nodes = idsOf(ring);
  const isJoining = disk.joining !== null;
  switch (standing.is) {
    case "whole":
      return isJoining ? { do: "finish", nodes } : { do: "start", by: "ring" };
    case "unconfirmed":
      return isJoining
        ? { do: "finish", nodes }
        : lost("the ring has this member, and its own volume holds no configuration of it");
    case "empty":
    case "initialised":
      return lost("the ring has this member, and its volume is empty");
    case "damaged":
      return lost(`the ring has this member, and its volume is damaged: ${standing.why}`);
  }
}

/** A live ring without this member: it is asked to take it in, whatever the disk says. */
function outsideOf(seen: Seen, ring: Ring, standing: Standing): Decision {
  const { me, superset, gone, clusterID, notWanted } = seen;
  const members = idsOf(ring);
  const strange = members.filter((id) => !superset.includes(id));
  if (strange.length > 0) {
    return {
      do: "fatal",
      why: `the ring has ${strange.join(", ")}, of which this StatefulSet knows no address: a member without one breaks every join`,
    };
  }
  if (notWanted !== null) return wait(`its own end: ${notWanted}`);
  if (clusterID === null) return wait("an SCM to answer: nothing joins before the cluster's id is known");
  const lower = superset.slice(0, superset.indexOf(me));
  const missing = lower.filter((id) => !members.includes(id) && !gone.includes(id));
  if (missing.length > 0) return wait(`${missing.join(", ")} to join the ring first`);
  return { do: "bootstrap", nodes: [...members, me], clear: clearOf(seen, standing) };
}

function clearOf({ disk }: Seen, { is }: Standing): Clear {
  if (is === "empty") return "nothing";
  return is === "initialised" || disk.joining !== null ? "discard" : "archive";
}

function withoutLeader(seen: Seen, live: Leaderless, standing: Standing): Decision {
  const { tombstone } = seen.record;
  if (tombstone !== null) {
    return wait(tombstone.finished ? `a leader to take this member in again: ${live.why}` : EVICTED);
  }
  const whyNot = whySeedNot(seen, live, standing);
  if (whyNot === null) return { do: "seed" };
  const peers = peersOf(seen, standing);
  if (peers !== null) return byItsDisk(seen, live, peers);
  const witness = witnessOf(seen);
  if (witness === null || seen.disk.joining !== null) return wait(`a leader: ${live.why}; ${whyNot}`);
  const state = standing.is === "damaged" ? `damaged: ${standing.why}` : "empty";
  return lost(`${witness} says that this member is in the ring, and its volume is ${state}`);
}

/**
 * Whom the own disk names; null where it names nobody. In a join that was cut off before the configuration that takes
 * this member in was applied (an older one may have been, or none) it is those whom the daemon was given: the leader
 * may count on this member already, and may not lead without it.
 */
function peersOf({ me, disk }: Seen, standing: Standing): readonly string[] | null {
  if (standing.is === "unconfirmed") return disk.joining;
  if (standing.is !== "whole") return null;
  return standing.peers.includes(me) ? standing.peers : (disk.joining ?? standing.peers);
}

/** The disk's word counts where the others cannot do without this member, or have not managed to. */
function byItsDisk({ me, disk, isSettled }: Seen, live: Leaderless, peers: readonly string[]): Decision {
  if (!peers.includes(me)) {
    return wait(`a leader: this member's own disk does not list it; ${live.why}`);
  }
  if (live.leaders.length > 1)
    return wait(`one leader, where ${live.leaders.join(" and ")} say that they are it`);
  if (!isSettled && canElect(peers, live.answering)) {
    return wait("a leader: those who answer are enough to elect one");
  }
  // they may well run and lead, also a ring that this member was taken out of (I6)
  if (!isSettled && canElect(peers, [...live.answering, ...live.unclear])) {
    return wait(`a leader: of ${live.unclear.join(", ")} nothing could be found out, ${live.why}`);
  }
  return disk.joining === null ? { do: "start", by: "disk" } : { do: "finish", nodes: peers };
}

/** Who says that this member was in the ring. */
function witnessOf({ me, record, isMarked }: Seen): string | null {
  if (record.ring?.members.includes(me)) return "the record";
  return isMarked ? "its marker" : null;
}

/** Whether those of the ring that answer can have a leader without this member. */
function canElect(peers: readonly string[], answering: readonly string[]): boolean {
  return isMajority(peers.filter((id) => answering.includes(id)).length, peers.length);
}
