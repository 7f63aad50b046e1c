// What members and the SCM say over HTTP (docs/research/ozone.md#members-over-http): all are asked at once.

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

/**
 * The ring, as a majority of it agrees.
 * @param me whose own silence is known: its daemon does not run while it decides
 */
export async function observeRing(ozone: PlanOzone, me: string, askWeb: AskWeb): Promise<RingView> {
  const heard = await Promise.all(
    ozone.members.map(async ({ id, web }) => ({ id, answer: await askWeb(`${base(web)}${BEAN_QUERY}`) })),
  );
  const asked = heard.map(({ id, answer }): MemberAnswer => {
    if (answer.is !== "answer") return { id, says: { nothing: answer.why } };
    if (answer.status !== 200) return { id, says: { nothing: `it answers ${answer.status}` } };
    return { id, says: parseMemberStatus(answer.body, ozone.serviceId) };
  });
  const agreed = agree(asked);
  if ("known" in agreed) return { is: "led", ring: agreed.known };
  const silent = new Set(heard.filter(({ answer }) => answer.is === "silent").map(({ id }) => id));
  const usable = asked.filter(({ says }) => !("nothing" in says));
  const answering = usable.map(({ id }) => id);
  return {
    is: "leaderless",
    answering,
    unclear: asked
      .map(({ id }) => id)
      .filter((id) => id !== me && !silent.has(id) && !answering.includes(id)),
    leaders: usable.filter(({ says }) => "role" in says && says.role === "LEADER").map(({ id }) => id),
    why: agreed.unknown,
  };
}

/** The ids in the leader's RatisRoles; null where it does not say. */
export async function askRoles(ozone: PlanOzone, leader: string, askWeb: AskWeb): Promise<string[] | null> {
  const at = ozone.members.find(({ id }) => id === leader);
  if (at === undefined) return null;
  const answer = await askWeb(`${base(at.web)}${INFO_QUERY}`);
  if (answer.is !== "answer" || answer.status !== 200) return null;
  const read = readShape(info, answer.body);
  const rows = "value" in read ? read.value.beans[0]?.RatisRoles : undefined;
  // [host, id, port, role, readiness]; errors are rows of one sentence (docs/research/ozone.md#members-over-http), and
  // no proof of anything
  const ids = rows?.map(([, id, port]) => (port === undefined ? undefined : id)) ?? [];
  const said = ids.filter((id) => id !== undefined);
  return said.length > 0 && said.length === ids.length ? said : null;
}

/** The cluster's id; null where no SCM says it, or two say two. */
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
