// What a plan says about an Ozone Manager's ring (docs/research/ozone.md#static-superset): the same for every member of
// a StatefulSet but for its own name, so that nothing changes with the number of replicas.
import type { Plan } from "../../../init/contract/plan.ts";
import {
  absolutePath,
  checked,
  closed,
  formatShapeFault,
  matching,
  nonEmptyList,
  nonEmptyText,
  nullable,
  positive,
  readShape,
  type Shape,
  type ShapeFault,
  type TypeOf,
  text,
  webAddress,
} from "../../../init/contract/shape.ts";

/** A timer's limit in seconds. */
const seconds = positive(86_400);

const member = closed({
  id: matching(/^[A-Za-z0-9][-A-Za-z0-9_.]*$/, "a node id"),
  web: webAddress(),
});

const members: Shape<readonly TypeOf<typeof member>[]> = checked(nonEmptyList(member), (all) =>
  new Set(all.map(({ id }) => id)).size === all.length
    ? null
    : { path: [], message: "two members have one id" },
);

export const planOzone = closed({
  /** ozone.om.service.ids; the Raft group's UUID is made of it */
  serviceId: nonEmptyText(),
  /** all ordinals up to maxReplicas, the lowest first; id: ozone.om.node.id, web: where it serves /jmx */
  members,
  /** where the Storage Container Managers serve /jmx: the one that answers says the cluster's id */
  scm: nonEmptyList(webAddress()),
  /** PEM file with the CA of their certificates; null: the system's */
  caFile: nullable(absolutePath()),
  metadata: closed({
    /** ozone.metadata.dirs */
    dirs: absolutePath(),
    /** ozone.om.db.dirs */
    dbDirs: absolutePath(),
    /** ozone.om.ratis.storage.dir; null: what the release makes of dirs */
    ratisDir: nullable(absolutePath()),
  }),
  /** the members' container, for the commands that a person is told */
  container: nonEmptyText(),
  /** the words before `om`: what starts Ozone's command line */
  command: nonEmptyList(text()),
  /** how long a joining daemon may take to be proven a member */
  joinSeconds: seconds,
  /** how long to wait in one start of the container for what has to come first; then it is started again */
  waitSeconds: seconds,
  /** how long a member's way out may take: the pod's grace period ends it half a minute later */
  leaveSeconds: seconds,
});

export type PlanOzone = TypeOf<typeof planOzone>;

/** Reads what a plan says of an Ozone Manager. @returns the part, or one line that says what is wrong and where */
export function readPlanOzone({
  identity,
  ring,
  preset,
}: Pick<Plan, "identity" | "ring" | "preset">): { ozone: PlanOzone } | { wrong: string } {
  if (ring === undefined || preset === undefined)
    return { wrong: `this pod is of kind ${identity.kind}: it is no member of a ring` };
  const read = readShape(planOzone, preset);
  if ("fault" in read) return { wrong: formatShapeFault(prefixFault(read.fault)) };
  const { value: ozone } = read;
  return ozone.members.some(({ id }) => id === identity.pod)
    ? { ozone }
    : { wrong: `preset.members: the ring's members do not name this pod, ${identity.pod}` };
}

const prefixFault = ({ path, message }: ShapeFault): ShapeFault => ({ path: ["preset", ...path], message });
