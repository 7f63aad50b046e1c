// Parses one member's view of the ring: its answer to BEAN_QUERY, the Ratis bean
// (docs/research/ozone.md#members-over-http). The answer comes from a pod, so it is untrusted: every part of it that is
// repeated in messages is checked against a pattern.
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

/** A member's view of the ring. */
export interface MemberStatus {
  /** its own ozone.om.node.id */
  readonly id: string;
  /** LEADER, FOLLOWER, CANDIDATE, LISTENER */
  readonly role: string;
  /** null: it knows no leader */
  readonly leaderId: string | null;
  readonly term: number;
  /** "group-" and the last 12 digits of the group's UUID */
  readonly group: string;
  /** the ids of the other members; only a leader reports them, null for all others */
  readonly followers: readonly string[] | null;
}

/** A member without a usable answer; `nothing` is one sentence that says why. */
export interface Unreachable {
  readonly nothing: string;
}

/** The bean of a ring of seven has less than 2 KiB; a larger answer is rejected. */
export const LARGEST_ANSWER = 64 * 1024;

/** The limit of a profile's maxReplicas. */
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
 * @param serviceId ozone.om.service.ids; an answer of a member of another group does not count
 */
export function parseMemberStatus(body: unknown, serviceId: string): MemberStatus | Unreachable {
  const read = readShape(answer, body);
  if ("fault" in read) {
    // the only fault of a list of unchecked values is its length
    const isLong = read.fault.message.startsWith("more than");
    const what = isLong
      ? `it has ${read.fault.message.replace("entries", "beans")}`
      : "it has no list of beans";
    return { nothing: `its answer is not one of /jmx: ${what}` };
  }
  const { beans } = read.value;
  if (beans.length === 0) {
    return { nothing: "it has no Ratis bean: it has not joined a ring, or has left it" };
  }
  const group = computeGroupName(serviceId);
  const ours = beans.filter((each) => readGroup(each) === group);
  const [first, second] = ours;
  if (first === undefined)
    return {
      nothing: `it is not in ${group}, the Raft group of ${serviceId}, but in ${listOtherGroups(beans)}`,
    };
  if (second !== undefined) return { nothing: `it reports ${ours.length} beans of ${group} instead of one` };
  return parseOurBean(first, group);
}

function readGroup(rawBean: unknown): string | null {
  const read = readShape(anyBean, rawBean);
  return "value" in read ? read.value.GroupId : null;
}

function listOtherGroups(beans: readonly unknown[]): string {
  const groups = beans.map((each) => readGroup(each) ?? "a group with an unreadable name");
  return [...new Set(groups)].slice(0, 3).join(", ");
}

function parseOurBean(rawBean: unknown, group: string): MemberStatus | Unreachable {
  const read = readShape(bean, rawBean);
  if ("fault" in read) return { nothing: `its Ratis bean cannot be read: ${formatShapeFault(read.fault)}` };
  const { Id: id, Role, LeaderId, CurrentTerm: term } = read.value;
  const role = Role.trim();
  const followers = read.value.Followers?.map((peer) => peer.split("|")[0] ?? "");
  const leaderId = LeaderId || null;
  const common = { id, role, leaderId, term, group };
  if (role !== "LEADER") {
    return leaderId === id
      ? { nothing: `it contradicts itself: it is ${role} and names itself as leader` }
      : { ...common, followers: null };
  }
  if (leaderId !== id)
    return { nothing: `it contradicts itself: it is LEADER and names ${leaderId ?? "no leader"}` };
  if (followers === undefined) return { nothing: "it is LEADER and does not report its followers" };
  if (new Set([id, ...followers]).size !== followers.length + 1) {
    return { nothing: "it is LEADER and reports a member twice" };
  }
  return { ...common, followers };
}
