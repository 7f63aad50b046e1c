// The decision table for a member that starts (docs/research/ozone.md#static-superset) as a pure function. A member's
// own disk never proves membership: a live ring and a tombstone overrule it. Only without a leader and without a
// tombstone does the disk's state start a member, so that a ring whose members were all down can start again.
import type { Ring } from "../../contract/ring/agree.ts";
import { isMajority } from "../../contract/ring/majority.ts";
import { explainWhyNotSeed } from "./explainWhyNotSeed.ts";
import type { JoinDecision, OldState } from "./joinDecision.ts";
import type { JoinObservation, RingWords } from "./observation.ts";
import type { LeaderlessRing } from "./view.ts";

export function decideJoin(observation: JoinObservation): JoinDecision {
  const { live, me, record, mismatch } = observation;
  if (mismatch !== null) return { do: "fatal", why: mismatch };
  if (live.is === "leaderless") return decideWithoutLeader(observation, live);
  const { ring } = live;
  if (ring.members.some(({ id }) => id === me)) return decideAsMember(observation, ring);
  // evicted while its ordinal stays: it must not rejoin by itself
  if (record.tombstone?.finished === false) return wait(describeReadmission(observation.words));
  return decideAsNonMember(observation, ring);
}

const wait = (what: string): JoinDecision => ({ do: "wait", for: what });
const lost = (why: string): JoinDecision => ({ do: "state-lost", why });

/** Describes what an evicted member waits for. */
const describeReadmission = ({ command }: RingWords): string =>
  `its readmission: it was evicted from the ring, and rejoins after \`${command} rejoin\` in a running member (kubectl exec), or after a ` +
  "scale-down has removed its ordinal";

const listIds = ({ members }: Ring): string[] => members.map(({ id }) => id);

/** The live ring relies on this member's votes and acknowledged writes. */
function decideAsMember({ standing, joining }: JoinObservation, ring: Ring): JoinDecision {
  const nodes = listIds(ring);
  const isJoining = joining !== null;
  switch (standing.is) {
    case "whole":
      return isJoining ? { do: "finish", nodes } : { do: "start", by: "ring" };
    case "unconfirmed":
      return isJoining
        ? { do: "finish", nodes }
        : lost("the ring lists this member, and its volume holds no ring configuration");
    case "empty":
    case "initialised":
      return lost("the ring lists this member, and its volume is empty");
    case "damaged":
      return lost(`the ring lists this member, and its volume is damaged: ${standing.why}`);
  }
}

/** A live ring without this member: the member joins, whatever its disk holds. */
function decideAsNonMember(observation: JoinObservation, ring: Ring): JoinDecision {
  const { me, possibleMembers, tombstoned, belowStart, clusterID, whyUnwanted, words } = observation;
  const members = listIds(ring);
  const strange = members.filter((id) => !possibleMembers.includes(id));
  if (strange.length > 0) {
    return {
      do: "fatal",
      why: `the ring lists ${strange.join(", ")}, for which this StatefulSet has no address: a member without an address breaks every join`,
    };
  }
  if (whyUnwanted !== null) return wait(`its own removal: ${whyUnwanted}`);
  if (clusterID === null)
    return wait(`${words.authority.one} to answer: no member joins before the cluster ID is known`);
  const lower = possibleMembers.slice(0, possibleMembers.indexOf(me));
  const left = [...tombstoned, ...belowStart];
  const missing = lower.filter((id) => !members.includes(id) && !left.includes(id));
  if (missing.length > 0) return wait(`${missing.join(", ")} to join the ring first`);
  return { do: "bootstrap", nodes: [...members, me], clear: chooseClear(observation) };
}

function chooseClear({ standing: { is }, joining }: JoinObservation): OldState {
  if (is === "empty") return "nothing";
  return is === "initialised" || joining !== null ? "discard" : "archive";
}

function decideWithoutLeader(observation: JoinObservation, live: LeaderlessRing): JoinDecision {
  const { standing, joining, words } = observation;
  const { tombstone } = observation.record;
  if (tombstone !== null) {
    return wait(tombstone.finished ? `a leader, to rejoin: ${live.why}` : describeReadmission(words));
  }
  const whyNot = explainWhyNotSeed(observation, live);
  if (whyNot === null) return { do: "seed" };
  const peers = listPeers(observation);
  if (peers !== null) return decideFromDisk(observation, live, peers);
  const witness = findMembershipEvidence(observation);
  if (witness === null || joining !== null) return wait(`a leader: ${live.why}; ${whyNot}`);
  const state = standing.is === "damaged" ? `damaged: ${standing.why}` : "empty";
  return lost(`${witness} lists this member in the ring, and its volume is ${state}`);
}

/**
 * The members that the own disk lists; null if none. After a join that was interrupted before this member applied the
 * new configuration, they are the nodes that the daemon was started with: the leader may already count this member, and
 * be unable to lead without it.
 */
function listPeers({ me, standing, joining }: JoinObservation): readonly string[] | null {
  if (standing.is === "unconfirmed") return joining;
  if (standing.is !== "whole") return null;
  return standing.peers.includes(me) ? standing.peers : (joining ?? standing.peers);
}

/** The disk decides if the others cannot elect a leader without this member, or have failed to. */
function decideFromDisk(
  { me, joining, isGracePeriodOver }: JoinObservation,
  live: LeaderlessRing,
  peers: readonly string[],
): JoinDecision {
  if (!peers.includes(me)) {
    return wait(`a leader: this member's disk does not list the member itself; ${live.why}`);
  }
  if (live.leaders.length > 1)
    return wait(`a single leader: ${live.leaders.join(" and ")} both report that they lead`);
  if (!isGracePeriodOver && canElect(peers, live.reachable)) {
    return wait("a leader: the members that answer are enough to elect one");
  }
  // they may run and lead, even a ring from which this member was removed (I6 in docs/architecture.md)
  if (!isGracePeriodOver && canElect(peers, [...live.reachable, ...live.unverified])) {
    return wait(`a leader: the state of ${live.unverified.join(", ")} is unknown, ${live.why}`);
  }
  return joining === null ? { do: "start", by: "disk" } : { do: "finish", nodes: peers };
}

/** Evidence that this member was in the ring. */
function findMembershipEvidence({ me, record, isMarked }: JoinObservation): string | null {
  if (record.ring?.members.includes(me)) return "the record";
  return isMarked ? "its marker" : null;
}

/** Whether the reachable members can elect a leader without this member. */
function canElect(peers: readonly string[], reachable: readonly string[]): boolean {
  return isMajority(peers.filter((id) => reachable.includes(id)).length, peers.length);
}
