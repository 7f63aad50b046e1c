// The kind `ozone-om` of profile: Ozone Manager HA (facts/ozone.md 5, 6; DESIGN: Ozone Manager preset).
import * as z from "zod";
import { dnsLabel, dnsName, duration } from "./fields.ts";
import { minReplicas } from "./leave.ts";
import { mode, namespaces, selectorLabelOf } from "./picking.ts";
import { placing } from "./placing.ts";

const port = z.number().int().min(1).max(65535);

const folder = z.string().regex(/^\/[^\0]*$/, "an absolute path");

const metadata = z.strictObject({
  volume: dnsLabel.default("data").describe("The pod's volume that keeps the metadata"),
  dirs: folder.default("/data/metadata").describe("ozone.metadata.dirs, on that volume"),
  dbDirs: folder.optional().describe("ozone.om.db.dirs; default: dirs"),
  ratisDir: folder.optional().describe("ozone.om.ratis.storage.dir; default: what the release makes of dirs"),
});

const ports = z.strictObject({
  rpc: port.default(9862).describe("ozone.om.address"),
  ratis: port.default(9872).describe("ozone.om.ratis.port"),
  http: port.default(9874).describe("ozone.om.http-address, where the Ratis bean is asked"),
});

export const ozone = z
  .strictObject({
    kind: z.literal("ozone-om").describe("The Ozone Managers of an HA ring"),
    mode,
    namespaces,
    containers: z
      .array(dnsLabel)
      .min(1)
      .default(["om"])
      .describe("The Ozone Manager's container; its image runs the steps"),
    serviceId: z
      .string()
      .regex(/^[A-Za-z0-9][-A-Za-z0-9_]*$/, "letters, digits, '-' and '_'")
      .describe("ozone.om.service.ids, and the name that the ring's group is made of: never change it"),
    maxReplicas: z
      .number()
      .int()
      .min(1)
      .max(99)
      .default(7)
      .describe("Every pod knows the addresses of so many members, so that scaling restarts nobody"),
    minReplicas,
    scaleDown: z
      .enum(["managed", "strict"])
      .default("managed")
      .describe(
        "managed: members leave by themselves in a preStop; strict: denied while the ring holds the ordinal",
      ),
    clusterDomain: dnsName
      .default("cluster.local")
      .describe("Members are POD.SERVICE.NAMESPACE.svc. and this"),
    ports: ports.prefault({}).describe("Ports of a member"),
    metadata: metadata.prefault({}).describe("Where a member keeps what it knows"),
    scm: z
      .array(z.url({ protocol: /^https?$/, error: "a URL that begins with http:// or https://" }))
      .min(1)
      .default(["http://scm:9876"])
      .describe(
        "Where the Storage Container Managers serve /jmx; a host without dots is a Service of the workload's namespace",
      ),
    probes: z
      .enum(["add", "none"])
      .default("add")
      .describe("add: the probes that the container lacks; none of them waits for a leader to start"),
    join: duration.default("30m").describe("How long a joining member may take to be proven one"),
    wait: duration
      .default("10m")
      .describe("How long a start of rollcall-init waits for what has to come first, before it begins anew"),
    leave: duration
      .default("5m")
      .describe(
        "How long a leaving member may take; the pod's grace period is raised to it and half a minute",
      ),
    ...placing,
    selectorLabel: selectorLabelOf("require"),
  })
  .superRefine(({ minReplicas: least, maxReplicas }, context) => {
    if (least <= maxReplicas) return;
    const message = `minReplicas ${least} is above maxReplicas ${maxReplicas}`;
    context.addIssue({ code: "custom", path: ["minReplicas"], message });
  });

export interface OzoneProfile extends z.infer<typeof ozone> {}
