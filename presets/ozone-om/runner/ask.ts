// Queries members and SCMs over HTTP, all at once (docs/research/ozone.md#members-over-http).

import { agree, type MemberAnswer } from "../../../init/contract/ring/agree.ts";
import { BEAN_QUERY, MOST_MEMBERS, parseMemberStatus } from "../../../init/contract/ring/bean.ts";
import { list, matching, object, readShape, text } from "../../../init/contract/shape.ts";
import type { RingView } from "../../../init/engine/ring/view.ts";
import type { AskWeb } from "../../../init/engine/ringPorts.ts";
import type { PlanOzone } from "../contract/plan.ts";

const INFO_QUERY = "/jmx?qry=Hadoop:service=OzoneManager,name=OzoneManagerInfo,component=ServerRuntime";
const SCM_QUERY =
  "/jmx?qry=Hadoop:service=StorageContainerManager,name=StorageContainerManagerInfo,component=ServerRuntime";

const info = object({
  beans: list(object({ RatisRoles: list(list(text(), MOST_MEMBERS), MOST_MEMBERS) }), MOST_MEMBERS),
});
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
