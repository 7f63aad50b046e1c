// The decision table for a member that starts (docs/research/ozone.md#static-superset) as one pure function. The own
// disk alone never proves membership: a live ring overrules it, and so does a tombstone. Only where no leader can be
// found and there is no tombstone does its word start a member, so that a whole ring that was down comes up again.
import type { Ring } from "../../contract/ring/agree.ts";
import { isMajority } from "../../contract/ring/majority.ts";
import { explainWhyNotSeed } from "./explainWhyNotSeed.ts";
import type { JoinDecision, OldState } from "./joinDecision.ts";
import type { JoinObservation, RingWords } from "./observation.ts";
import type { LeaderlessRing } from "./view.ts";

export function decideJoin(seen: JoinObservation): JoinDecision {
  const { live, me, record, mismatch } = seen;
  if (mismatch !== null) return { do: "fatal", why: mismatch };
  if (live.is === "leaderless") return decideWithoutLeader(seen, live);
  const { ring } = live;
  if (ring.members.some(({ id }) => id === me)) return decideAsMember(seen, ring);
  // evicted while its ordinal stays: it must not come back by itself
  if (record.tombstone?.finished === false) return wait(describeReadmission(seen.words));
  return decideAsNonMember(seen, ring);
}

const wait = (what: string): JoinDecision => ({ do: "wait", for: what });
const lost = (why: string): JoinDecision => ({ do: "state-lost", why });

/** What an evicted member waits for. */
const describeReadmission = ({ command }: RingWords): string =>
  `its readmission: it was taken out of the ring on purpose, and joins again after \`${command} rejoin\` in a running member (kubectl exec), or once a ` +
  "scale-down has taken its ordinal out of the replicas";

const listIds = ({ members }: Ring): string[] => members.map(({ id }) => id);

/** The live ring counts on this member's votes and on what it has acknowledged. */
function decideAsMember({ standing, joining }: JoinObservation, ring: Ring): JoinDecision {
  const nodes = listIds(ring);
  const isJoining = joining !== null;
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
function decideAsNonMember(seen: JoinObservation, ring: Ring): JoinDecision {
  const { me, superset, gone, clusterID, notWanted, words } = seen;
  const members = listIds(ring);
  const strange = members.filter((id) => !superset.includes(id));
  if (strange.length > 0) {
    return {
      do: "fatal",
      why: `the ring has ${strange.join(", ")}, of which this StatefulSet knows no address: a member without one breaks every join`,
    };
  }
  if (notWanted !== null) return wait(`its own end: ${notWanted}`);
  if (clusterID === null)
    return wait(`${words.authority.one} to answer: nothing joins before the cluster's id is known`);
  const lower = superset.slice(0, superset.indexOf(me));
  const missing = lower.filter((id) => !members.includes(id) && !gone.includes(id));
  if (missing.length > 0) return wait(`${missing.join(", ")} to join the ring first`);
  return { do: "bootstrap", nodes: [...members, me], clear: chooseClear(seen) };
}

function chooseClear({ standing: { is }, joining }: JoinObservation): OldState {
  if (is === "empty") return "nothing";
  return is === "initialised" || joining !== null ? "discard" : "archive";
}

function decideWithoutLeader(seen: JoinObservation, live: LeaderlessRing): JoinDecision {
  const { standing, joining, words } = seen;
  const { tombstone } = seen.record;
  if (tombstone !== null) {
    return wait(
      tombstone.finished ? `a leader to take this member in again: ${live.why}` : describeReadmission(words),
    );
  }
  const whyNot = explainWhyNotSeed(seen, live);
  if (whyNot === null) return { do: "seed" };
  const peers = listPeers(seen);
  if (peers !== null) return decideFromDisk(seen, live, peers);
  const witness = findMembershipEvidence(seen);
  if (witness === null || joining !== null) return wait(`a leader: ${live.why}; ${whyNot}`);
  const state = standing.is === "damaged" ? `damaged: ${standing.why}` : "empty";
  return lost(`${witness} says that this member is in the ring, and its volume is ${state}`);
}

/**
 * The members that the own disk names; null where it names none. In a join that was cut off before the configuration that takes
 * this member in was applied (an older one may have been, or none) it is those that the daemon was given: the leader
 * may count on this member already, and may not lead without it.
 */
function listPeers({ me, standing, joining }: JoinObservation): readonly string[] | null {
  if (standing.is === "unconfirmed") return joining;
  if (standing.is !== "whole") return null;
  return standing.peers.includes(me) ? standing.peers : (joining ?? standing.peers);
}

/** The disk counts where the others cannot elect a leader without this member, or have not managed to. */
function decideFromDisk(
  { me, joining, isSettled }: JoinObservation,
  live: LeaderlessRing,
  peers: readonly string[],
): JoinDecision {
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
  return joining === null ? { do: "start", by: "disk" } : { do: "finish", nodes: peers };
}

/** What says that this member was in the ring. */
function findMembershipEvidence({ me, record, isMarked }: JoinObservation): string | null {
  if (record.ring?.members.includes(me)) return "the record";
  return isMarked ? "its marker" : null;
}

/** Whether those of the ring that answer can have a leader without this member. */
function canElect(peers: readonly string[], answering: readonly string[]): boolean {
  return isMajority(peers.filter((id) => answering.includes(id)).length, peers.length);
}
