// The part of a plan about an Ozone Manager's ring (docs/research/ozone.md#static-superset). It is the same for all
// members of a StatefulSet and does not depend on the number of replicas.
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
  optional,
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
  /** ozone.om.service.ids, from which the Raft group's UUID is derived */
  serviceId: nonEmptyText(),
  /** all ordinals up to maxReplicas, the lowest first; id: ozone.om.node.id, web: where it serves /jmx */
  members,
  /** where the Storage Container Managers serve /jmx; one of them reports the cluster ID */
  scm: nonEmptyList(webAddress()),
  /** PEM file with the CA of their certificates; null: the system's CAs */
  caFile: nullable(absolutePath()),
  /** the same CA as PEM, if the members or the Storage Container Managers are asked over HTTPS */
  caBundle: optional(nonEmptyText()),
  metadata: closed({
    /** ozone.metadata.dirs */
    dirs: absolutePath(),
    /** ozone.om.db.dirs */
    dbDirs: absolutePath(),
    /** ozone.om.ratis.storage.dir; null: Ozone's default below dirs */
    ratisDir: nullable(absolutePath()),
  }),
  /** the members' container, for commands in messages */
  container: nonEmptyText(),
  /** the words before `om` that start Ozone's command line */
  command: nonEmptyList(text()),
  /** time limit for a join */
  joinSeconds: seconds,
  /** how long one start of the container waits before it exits and is restarted */
  waitSeconds: seconds,
  /** time limit for a leave; the pod's grace period is half a minute longer */
  leaveSeconds: seconds,
});

export type PlanOzone = TypeOf<typeof planOzone>;

/**
 * Reads the part of a plan about an Ozone Manager.
 * @returns the part, or one line that names the fault and its place
 */
export function readPlanOzone({
  identity,
  ring,
  preset,
}: Pick<Plan, "identity" | "ring" | "preset">): { ozone: PlanOzone } | { wrong: string } {
  if (ring === undefined || preset === undefined)
    return { wrong: `this pod is of kind ${identity.kind}, so it is not a member of a ring` };
  const read = readShape(planOzone, preset);
  if ("fault" in read) return { wrong: formatShapeFault(prefixFault(read.fault)) };
  const { value: ozone } = read;
  return ozone.members.some(({ id }) => id === identity.pod)
    ? { ozone }
    : { wrong: `preset.members does not list this pod, ${identity.pod}` };
}

const prefixFault = ({ path, message }: ShapeFault): ShapeFault => ({ path: ["preset", ...path], message });
