// What one member says of the ring: its answer to BEAN_QUERY, the Ratis bean (facts/ozone.md 3.2 A). The answer comes
// from a pod, so it may be anything, and what is repeated of it in messages is checked to be harmless words.
import * as z from "zod";
import { groupName } from "./group.ts";

/** Path and query of the bean on a member's web server. */
export const BEAN_QUERY = "/jmx?qry=Ratis:service=RaftServer,group=*,id=*";

/** What a member says, so far as it can be used. */
export interface Saying {
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
export interface Nothing {
  readonly nothing: string;
}

const nodeId = z.string().regex(/^[A-Za-z0-9][-A-Za-z0-9_.]{0,252}$/, "not a node id");

const groupId = z.string().regex(/^group-[0-9A-F]{12}$/, "not a Raft group");

const anyBean = z.looseObject({ GroupId: groupId });

const bean = z.looseObject({
  Id: nodeId,
  // padded to nine characters
  Role: z
    .string()
    .trim()
    .regex(/^[A-Z]{1,20}$/, "not a role"),
  LeaderId: z.union([nodeId, z.literal("")]).nullish(),
  CurrentTerm: z.int().nonnegative(),
  // "om-1|om-1.om.ozone.svc.cluster.local:9872"
  Followers: z
    .array(
      z
        .string()
        .transform((peer) => peer.split("|")[0] ?? "")
        .pipe(nodeId),
    )
    .nullish(),
});

const answer = z.looseObject({ beans: z.array(z.unknown()) });

/**
 * Reads a member's answer.
 * @param body of the answer, parsed as JSON
 * @param serviceId ozone.om.service.ids: what a member of another group says is of no use
 */
export function sayingOf(body: unknown, serviceId: string): Saying | Nothing {
  const read = answer.safeParse(body);
  if (!read.success) return { nothing: "its answer is not that of /jmx: it has no list of beans" };
  const { beans } = read.data;
  if (beans.length === 0) {
    return { nothing: "it has no Ratis bean: it is no member of a ring yet, or not any more" };
  }
  const group = groupName(serviceId);
  const ours = beans.filter((each) => anyBean.safeParse(each).data?.GroupId === group);
  const [first, second] = ours;
  if (first === undefined)
    return { nothing: `it is not in ${group}, the group of ${serviceId}, but in ${othersIn(beans)}` };
  if (second !== undefined)
    return { nothing: `it answers with ${ours.length} beans of ${group}, which one counts is not known` };
  return inOurGroup(first, group);
}

function othersIn(beans: readonly unknown[]): string {
  const groups = beans.map(
    (each) => anyBean.safeParse(each).data?.GroupId ?? "one whose name cannot be read",
  );
  return [...new Set(groups)].slice(0, 3).join(", ");
}

function inOurGroup(given: unknown, group: string): Saying | Nothing {
  const read = bean.safeParse(given);
  if (!read.success) {
    const [first] = read.error.issues;
    return {
      nothing: `its Ratis bean cannot be read: ${first?.path.join(".") ?? "it"}: ${first?.message ?? "wrong"}`,
    };
  }
  const { Id: id, Role: role, LeaderId, CurrentTerm: term, Followers } = read.data;
  const leaderId = LeaderId || null;
  const said = { id, role, leaderId, term, group };
  if (role !== "LEADER") {
    return leaderId === id
      ? { nothing: `it contradicts itself: it is ${role} and names itself as leader` }
      : { ...said, followers: null };
  }
  if (leaderId !== id)
    return { nothing: `it contradicts itself: it is LEADER and names ${leaderId ?? "no leader"}` };
  if (!Followers) return { nothing: "it is LEADER and does not say who follows" };
  if (new Set([id, ...Followers]).size !== Followers.length + 1) {
    return { nothing: "it is LEADER and names a member twice" };
  }
  return { ...said, followers: Followers };
}
