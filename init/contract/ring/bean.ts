// What one member says of the ring: its answer to BEAN_QUERY, the Ratis bean
// (docs/research/ozone.md#members-over-http). The answer comes from a pod, so it may be anything, and what is repeated
// of it in messages is checked to be harmless words.
import {
  anything,
  either,
  formatShapeFault,
  integer,
  list,
  matching,
  nullish,
  object,
  oneOf,
  readShape,
} from "../shape.ts";
import { computeGroupName } from "./group.ts";

/** Path and query of the bean on a member's web server. */
export const BEAN_QUERY = "/jmx?qry=Ratis:service=RaftServer,group=*,id=*";

/** What a member says, so far as it can be used. */
export interface MemberStatus {
  /** its own ozone.om.node.id */
  readonly id: string;
  /** LEADER, FOLLOWER, CANDIDATE, LISTENER */
  readonly role: string;
  /** null: it knows of none */
  readonly leaderId: string | null;
  readonly term: number;
  /** "group-" and the last 12 digits of the group's UUID */
  readonly group: string;
  /** the ids of the other members of the ring; a leader alone knows them, null for all others */
  readonly followers: readonly string[] | null;
}

/** One sentence that says why nothing usable was said. */
export interface Unreachable {
  readonly nothing: string;
}

/** The bean of a ring of seven has less than 2 KiB; of an answer with more bytes nothing is read. */
export const LARGEST_ANSWER = 64 * 1024;

/** No profile takes more members (maxReplicas). */
export const MOST_MEMBERS = 99;

const nodeId = matching(/^[A-Za-z0-9][-A-Za-z0-9_.]{0,252}$/, "a node id");

const anyBean = object({ GroupId: matching(/^group-[0-9A-F]{12}$/, "a Raft group") });

const bean = object({
  Id: nodeId,
  // padded to nine characters
  Role: matching(/^ {0,20}[A-Z]{1,20} {0,20}$/, "a role"),
  LeaderId: nullish(either(oneOf(""), nodeId)),
  CurrentTerm: integer(0),
  // "om-1|om-1.om.ozone.svc.cluster.local:9872"
  Followers: nullish(
    list(matching(/^[A-Za-z0-9][-A-Za-z0-9_.]{0,252}(\|.{0,1024})?$/s, "a follower"), MOST_MEMBERS),
  ),
});

const answer = object({ beans: list(anything(), MOST_MEMBERS) });

/**
 * Reads a member's answer.
 * @param body of the answer, parsed as JSON
 * @param serviceId ozone.om.service.ids: what a member of another group says is of no use
 */
export function parseMemberStatus(body: unknown, serviceId: string): MemberStatus | Unreachable {
  const read = readShape(answer, body);
  if ("fault" in read) {
    // the one list that is looked into has only its length to be wrong
    const isLong = read.fault.message.startsWith("more than");
    const what = isLong
      ? `it has ${read.fault.message.replace("entries", "beans")}`
      : "it has no list of beans";
    return { nothing: `its answer is not that of /jmx: ${what}` };
  }
  const { beans } = read.value;
  if (beans.length === 0) {
    return { nothing: "it has no Ratis bean: it is no member of a ring yet, or not any more" };
  }
  const group = computeGroupName(serviceId);
  const ours = beans.filter((each) => groupIn(each) === group);
  const [first, second] = ours;
  if (first === undefined)
    return { nothing: `it is not in ${group}, the group of ${serviceId}, but in ${othersIn(beans)}` };
  if (second !== undefined)
    return { nothing: `it answers with ${ours.length} beans of ${group}, which one counts is not known` };
  return inOurGroup(first, group);
}

function groupIn(given: unknown): string | null {
  const read = readShape(anyBean, given);
  return "value" in read ? read.value.GroupId : null;
}

function othersIn(beans: readonly unknown[]): string {
  const groups = beans.map((each) => groupIn(each) ?? "one whose name cannot be read");
  return [...new Set(groups)].slice(0, 3).join(", ");
}

function inOurGroup(given: unknown, group: string): MemberStatus | Unreachable {
  const read = readShape(bean, given);
  if ("fault" in read) return { nothing: `its Ratis bean cannot be read: ${formatShapeFault(read.fault)}` };
  const { Id: id, Role, LeaderId, CurrentTerm: term } = read.value;
  const role = Role.trim();
  const followers = read.value.Followers?.map((peer) => peer.split("|")[0] ?? "");
  const leaderId = LeaderId || null;
  const said = { id, role, leaderId, term, group };
  if (role !== "LEADER") {
    return leaderId === id
      ? { nothing: `it contradicts itself: it is ${role} and names itself as leader` }
      : { ...said, followers: null };
  }
  if (leaderId !== id)
    return { nothing: `it contradicts itself: it is LEADER and names ${leaderId ?? "no leader"}` };
  if (followers === undefined) return { nothing: "it is LEADER and does not say who follows" };
  if (new Set([id, ...followers]).size !== followers.length + 1) {
    return { nothing: "it is LEADER and names a member twice" };
  }
  return { ...said, followers };
}
