// Queries members and SCMs over HTTP, all at once (docs/research/ozone.md#members-over-http).

import { agree, type MemberAnswer } from "../../../init/contract/ring/agree.ts";
import { BEAN_QUERY, MOST_MEMBERS, parseMemberStatus } from "../../../init/contract/ring/bean.ts";
import { computeGroupName } from "../../../init/contract/ring/group.ts";
import {
  anything,
  integer,
  list,
  matching,
  object,
  readShape,
  type Shape,
  text,
} from "../../../init/contract/shape.ts";
import type { RingView } from "../../../init/engine/ring/view.ts";
import type { AskWeb } from "../../../init/engine/ringPorts.ts";
import type { PlanOzone } from "../contract/plan.ts";

const INFO_QUERY = "/jmx?qry=Hadoop:service=OzoneManager,name=OzoneManagerInfo,component=ServerRuntime";
const SCM_QUERY =
  "/jmx?qry=Hadoop:service=StorageContainerManager,name=StorageContainerManagerInfo,component=ServerRuntime";

const info = object({
  beans: list(object({ RatisRoles: list(list(text(), MOST_MEMBERS), MOST_MEMBERS) }), MOST_MEMBERS),
});
/** repeated in messages and in the record */
const VERSION = /^[0-9]{1,5}(\.[0-9]{1,5}){1,7}([-.+][-.+A-Za-z0-9]{1,40})?$/;
const softwareInfo = object({
  beans: list(object({ SoftwareVersion: matching(VERSION, "a version") }), MOST_MEMBERS),
});
const LAYOUT_QUERY = "/jmx?qry=Hadoop:service=LayoutVersionManager,name=OMLayoutVersionManager";
const layoutInfo = object({
  beans: list(object({ MetadataLayoutVersion: integer(0), SoftwareLayoutVersion: integer(0) }), MOST_MEMBERS),
});
const purgeInfo = object({ beans: list(object({ Count: integer(0) }), MOST_MEMBERS) });
const scmInfo = object({
  beans: list(object({ ClusterId: matching(/^CID-/, "a cluster's id") }), MOST_MEMBERS),
});

/** @param me this member, whose daemon is known not to run */
export async function observeRing(ozone: PlanOzone, me: string, askWeb: AskWeb): Promise<RingView> {
  const responses = await Promise.all(
    ozone.members.map(async ({ id, web }) => ({ id, answer: await askWeb(`${base(web)}${BEAN_QUERY}`) })),
  );
  const answers = responses.map(({ id, answer }): MemberAnswer => {
    if (answer.is !== "answer") return { id, says: { nothing: answer.why } };
    if (answer.status !== 200) return { id, says: { nothing: `it answers ${answer.status}` } };
    return { id, says: parseMemberStatus(answer.body, ozone.serviceId) };
  });
  const agreed = agree(answers);
  if ("known" in agreed) return { is: "led", ring: agreed.known };
  const silent = new Set(responses.filter(({ answer }) => answer.is === "silent").map(({ id }) => id));
  const usable = answers.filter(({ says }) => !("nothing" in says));
  const reachable = usable.map(({ id }) => id);
  return {
    is: "leaderless",
    reachable,
    unverified: answers
      .map(({ id }) => id)
      .filter((id) => id !== me && !silent.has(id) && !reachable.includes(id)),
    leaders: usable.filter(({ says }) => "role" in says && says.role === "LEADER").map(({ id }) => id),
    why: agreed.unknown,
  };
}

/** The ids in the leader's RatisRoles; null if unknown. */
export async function askRoles(ozone: PlanOzone, leader: string, askWeb: AskWeb): Promise<string[] | null> {
  const member = ozone.members.find(({ id }) => id === leader);
  if (member === undefined) return null;
  const answer = await askWeb(`${base(member.web)}${INFO_QUERY}`);
  if (answer.is !== "answer" || answer.status !== 200) return null;
  const read = readShape(info, answer.body);
  const rows = "value" in read ? read.value.beans[0]?.RatisRoles : undefined;
  // [host, id, port, role, readiness]; an error is a row with one sentence (docs/research/ozone.md#members-over-http),
  // and proves nothing
  const ids = rows?.map(([, id, port]) => (port === undefined ? undefined : id)) ?? [];
  const known = ids.filter((id) => id !== undefined);
  return known.length > 0 && known.length === ids.length ? known : null;
}

/** A part of what a member reports of its software, each of its own bean. */
type SoftwarePart = "version" | "layout" | "purges";

/** The parts in words, for messages. */
export const QUESTIONS: Readonly<Record<SoftwarePart, string>> = {
  version: "its version",
  layout: "its layout versions",
  purges: "the purges of its log",
};

/** What a member reports of its software. null: it does not say, such as an Ozone without the bean, or see `unanswered`. */
export interface ReportedSoftware {
  /** e.g. "2.2.0" */
  readonly version: string | null;
  /** the layout version of its metadata, and that of its software; they differ until an upgrade is finalized */
  readonly layout: { readonly metadata: number; readonly software: number } | null;
  /** how often it has deleted a part of its Raft log since it was started */
  readonly purges: number | null;
  /** parts whose question got no answer, such as a timeout or an error: they prove nothing */
  readonly unanswered: readonly SoftwarePart[];
}

/** value null: the member has no such bean, or one without these fields */
type BeanAnswer<T> = { readonly value: T | null } | { readonly unanswered: true };

/** Any answer of the servlet; one without beans is an error page. */
const anyBeans = object({ beans: list(anything(), MOST_MEMBERS) });

/** Queries a member's software, each part by itself: what one answer lacks does not hide another. */
export async function askSoftware(
  { members, serviceId }: PlanOzone,
  id: string,
  askWeb: AskWeb,
): Promise<ReportedSoftware> {
  const member = members.find((each) => each.id === id);
  const parts: readonly SoftwarePart[] = ["version", "layout", "purges"];
  if (member === undefined) return { version: null, layout: null, purges: null, unanswered: parts };
  const purgeQuery = `/jmx?qry=ratis:name=ratis.log_worker.${id}@${computeGroupName(serviceId)}.purgeLog`;
  const answers = await Promise.all([
    askBean(`${base(member.web)}${INFO_QUERY}`, softwareInfo, askWeb),
    askBean(`${base(member.web)}${LAYOUT_QUERY}`, layoutInfo, askWeb),
    askBean(`${base(member.web)}${purgeQuery}`, purgeInfo, askWeb),
  ]);
  const [software, layout, purged] = answers;
  return {
    version: readValue(software)?.SoftwareVersion ?? null,
    layout: toLayout(readValue(layout)),
    purges: readValue(purged)?.Count ?? null,
    unanswered: parts.filter((_, index) => "unanswered" in (answers[index] ?? {})),
  };
}

/** A member's version; null: it does not say, or not now. */
export async function askVersion({ members }: PlanOzone, id: string, askWeb: AskWeb): Promise<string | null> {
  const member = members.find((each) => each.id === id);
  if (member === undefined) return null;
  const answer = await askBean(`${base(member.web)}${INFO_QUERY}`, softwareInfo, askWeb);
  return readValue(answer)?.SoftwareVersion ?? null;
}

async function askBean<T>(
  url: string,
  shape: Shape<{ readonly beans: readonly T[] }>,
  askWeb: AskWeb,
): Promise<BeanAnswer<T>> {
  const answer = await askWeb(url);
  if (answer.is !== "answer" || answer.status !== 200) return { unanswered: true };
  const read = readShape(shape, answer.body);
  if ("value" in read) return { value: read.value.beans[0] ?? null };
  return "value" in readShape(anyBeans, answer.body) ? { value: null } : { unanswered: true };
}

const readValue = <T>(answer: BeanAnswer<T>): T | null => ("value" in answer ? answer.value : null);

const toLayout = (
  bean: { readonly MetadataLayoutVersion: number; readonly SoftwareLayoutVersion: number } | null,
): ReportedSoftware["layout"] =>
  bean === null ? null : { metadata: bean.MetadataLayoutVersion, software: bean.SoftwareLayoutVersion };

/** The cluster ID; null if no SCM answers, or they disagree. */
export async function askCluster(ozone: PlanOzone, askWeb: AskWeb): Promise<string | null> {
  const answers = await Promise.all(ozone.scm.map((web) => askWeb(`${base(web)}${SCM_QUERY}`)));
  const ids = answers.flatMap((answer) => {
    if (answer.is !== "answer" || answer.status !== 200) return [];
    const read = readShape(scmInfo, answer.body);
    return "value" in read ? read.value.beans.map(({ ClusterId }) => ClusterId) : [];
  });
  const [first, second] = new Set(ids);
  return first === undefined || second !== undefined ? null : first;
}

const base = (url: string): string => url.replace(/\/+$/, "");
