// The type OzoneOM of profile: Ozone Manager HA (docs/research/ozone.md).
import * as z from "zod";
import { dnsLabel, dnsName, duration, MOST_CONTAINERS, SET } from "../../../webhook/profiles/fields.ts";
import { defineScaleDown, leaveLimit } from "../../../webhook/profiles/scaleDown.ts";

const port = z.int().min(1).max(65535);

const folder = z
  .string()
  .max(4096)
  .regex(/^\//, "an absolute path")
  .refine((path) => !path.includes("\0"), "a path without NUL");

const metadata = z.strictObject({
  volume: dnsLabel.describe("The pod's volume that keeps the metadata"),
  dirs: folder.describe("ozone.metadata.dirs, on that volume"),
  dbDirs: folder.optional().describe("ozone.om.db.dirs; default: dirs"),
  ratisDir: folder.optional().describe("ozone.om.ratis.storage.dir; default: what the release makes of dirs"),
});

const ports = z.strictObject({
  rpc: port.default(9862).describe("ozone.om.address"),
  ratis: port.default(9872).describe("ozone.om.ratis.port"),
  http: port.default(9874).describe("ozone.om.http-address, where the Ratis bean is read"),
});

/** More members than a ring has; every pod carries the addresses of all of them. */
const MOST_MEMBERS = 99;

export const ozoneOM = z
  .strictObject({
    containers: z
      .array(dnsLabel)
      .min(1)
      .max(MOST_CONTAINERS)
      .default(["om"])
      .meta(SET)
      .describe("The Ozone Manager's container; its image runs the steps"),
    serviceID: z
      .string()
      .max(253)
      .regex(/^[A-Za-z0-9][-A-Za-z0-9_]*$/, "letters, digits, '-' and '_'")
      .describe("ozone.om.service.ids, and the name of the ring's Raft group: never change it"),
    maxReplicas: z
      .int()
      .min(1)
      .max(MOST_MEMBERS)
      .default(7)
      .describe("Every pod knows the addresses of this many members, so that scaling restarts none"),
    scaleDown: defineScaleDown(
      ["Managed", "Drained"],
      leaveLimit(
        "5m",
        "How long a leaving member may take; the pod's grace period is raised to it and half a minute",
      ).prefault({}),
    ),
    clusterDomain: dnsName
      .default("cluster.local")
      .describe("Members are POD.SERVICE.NAMESPACE.svc.CLUSTERDOMAIN"),
    ports: ports.prefault({}).describe("Ports of a member"),
    metadata: metadata.describe("Where a member keeps its state"),
    scmURLs: z
      .array(z.url({ protocol: /^https?$/, error: "a URL that begins with http:// or https://" }).max(2048))
      .min(1)
      .max(20)
      .default(["http://scm:9876"])
      .meta(SET)
      .describe(
        "Where the Storage Container Managers serve /jmx; a host without dots is a Service of the workload's namespace",
      ),
    probes: z
      .enum(["Add", "None"])
      .default("Add")
      .describe("Add: the probes that the container lacks; none of them waits for a leader to start"),
    joinTimeout: duration.default("30m").describe("How long a joining member may take, such as 30m"),
    waitTimeout: duration
      .default("10m")
      .describe("How long a start waits for what has to come first, such as the SCM, before it begins anew"),
  })
  .superRefine(({ scaleDown: { minReplicas: least = 0 }, maxReplicas }, context) => {
    if (least <= maxReplicas) return;
    const message = `minReplicas ${least} is above maxReplicas ${maxReplicas}`;
    context.addIssue({ code: "custom", path: ["scaleDown", "minReplicas"], message });
  })
  .describe("The Ozone Managers of an HA ring");

export type OzoneSpec = z.infer<typeof ozoneOM>;

/** The part of a compiled profile that decides what its members get. */
export interface OzoneMembers {
  readonly name: string;
  readonly containers: readonly string[];
  readonly ozone: OzoneProfile;
}

/** A ring as decisions and plans use it. */
export interface OzoneProfile {
  readonly serviceId: string;
  readonly maxReplicas: number;
  readonly minReplicas: number;
  /** strict: members are taken out of the ring by hand before they may go */
  readonly scaleDown: "managed" | "strict";
  readonly clusterDomain: string;
  readonly ports: { readonly rpc: number; readonly ratis: number; readonly http: number };
  readonly metadata: {
    readonly volume: string;
    readonly dirs: string;
    readonly dbDirs?: string | undefined;
    readonly ratisDir?: string | undefined;
  };
  readonly scm: readonly string[];
  readonly probes: "add" | "none";
  /** durations such as 30m */
  readonly join: string;
  readonly wait: string;
  readonly leave: string;
}
