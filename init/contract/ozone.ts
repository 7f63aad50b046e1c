// What a plan says about an Ozone Manager's ring (DESIGN: Ozone Manager preset): the same for every member of a
// StatefulSet but for its own name, so that nothing changes with the number of replicas.
import * as z from "zod";

const folder = z.string().startsWith("/");

/** A timer's limit in seconds. */
const seconds = z.number().positive().max(86_400);

export const planOzone = z.strictObject({
  /** ozone.om.service.ids; the Raft group's UUID is made of it */
  serviceId: z.string().min(1),
  /** all ordinals up to maxReplicas, the lowest first; id: ozone.om.node.id, web: where it serves /jmx */
  members: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[A-Za-z0-9][-A-Za-z0-9_.]*$/, "a node id"),
        web: z.url({ protocol: /^https?$/ }),
      }),
    )
    .min(1)
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, "two members have one id")
    .readonly(),
  /** where the Storage Container Managers serve /jmx: the one that answers says the cluster's id */
  scm: z
    .array(z.url({ protocol: /^https?$/ }))
    .min(1)
    .readonly(),
  /** PEM file with the CA of their certificates; null: the system's */
  caFile: folder.nullable(),
  metadata: z.strictObject({
    /** ozone.metadata.dirs */
    dirs: folder,
    /** ozone.om.db.dirs */
    dbDirs: folder,
    /** ozone.om.ratis.storage.dir; null: what the release makes of dirs */
    ratisDir: folder.nullable(),
  }),
  /** the members' container, for the commands that a person is told */
  container: z.string().min(1),
  /** the words before `om`: what starts Ozone's command line */
  command: z.array(z.string()).min(1).readonly(),
  /** how long a joining daemon may take to be proven a member */
  joinSeconds: seconds,
  /** how long to wait in one start of the container for what has to come first; then it is started again */
  waitSeconds: seconds,
  /** how long a member's way out may take: the pod's grace period ends it half a minute later */
  leaveSeconds: seconds,
});

export type PlanOzone = z.infer<typeof planOzone>;
