// The schema of profiles of type OzoneOM: Ozone Manager HA (docs/research/ozone.md).
import * as z from "zod";
import { defineCertificates } from "../../../webhook/profiles/certificates.ts";
import { dnsLabel, dnsName, duration, MAX_CONTAINERS, SET } from "../../../webhook/profiles/fields.ts";
import { defineLeave, defineScaleDown } from "../../../webhook/profiles/scaleDown.ts";

/** The default of ozone.om.https-address. */
export const DEFAULT_HTTPS_PORT = 9875;

const port = z.int().min(1).max(65535);

const folder = z
  .string()
  .max(4096)
  .regex(/^\//, "an absolute path")
  .refine((path) => !path.includes("\0"), "a path without NUL");

const metadata = z.strictObject({
  volume: dnsLabel.describe("The pod's volume that keeps the metadata"),
  dirs: folder.describe("ozone.metadata.dirs, a path on that volume"),
  dbDirs: folder.optional().describe("ozone.om.db.dirs. Default: dirs"),
  ratisDir: folder
    .optional()
    .describe("ozone.om.ratis.storage.dir. Default: the path below dirs that the Ozone release uses"),
});

const ports = z.strictObject({
  rpc: port.default(9862).describe("ozone.om.address"),
  ratis: port.default(9872).describe("ozone.om.ratis.port"),
  http: port.default(9874).describe("ozone.om.http-address, which serves the Ratis JMX bean"),
  https: port.optional().describe("ozone.om.https-address, with httpPolicy. Default: 9875"),
});

/** The CA is part of each plan, which one environment variable holds. */
const LONGEST_CA_BUNDLE = 32 * 1024;

/** Far more than a real ring has. Bounded, since every pod gets the addresses of all members. */
const MAX_MEMBERS = 99;

export const ozoneOM = z
  .strictObject({
    containers: z
      .array(dnsLabel)
      .min(1)
      .max(MAX_CONTAINERS)
      .default(["om"])
      .meta(SET)
      .describe("The Ozone Manager's container; the runner runs in its image"),
    serviceID: z
      .string()
      .max(253)
      .regex(/^[A-Za-z0-9][-A-Za-z0-9_]*$/, "letters, digits, '-' and '_'")
      .describe("ozone.om.service.ids, and the name of the ring's Raft group; must never change"),
    maxReplicas: z
      .int()
      .min(1)
      .max(MAX_MEMBERS)
      .default(7)
      .describe(
        "Every pod is configured with the addresses of this many members, so scaling needs no restart",
      ),
    scaleDown: defineScaleDown(
      ["Managed", "Drained"],
      defineLeave(
        "5m",
        "How long a leaving member may take; the pod's grace period is raised to this and 30 s",
      ).prefault({}),
    ),
    clusterDomain: dnsName
      .default("cluster.local")
      .describe("The cluster's DNS domain: a member's address is POD.SERVICE.NAMESPACE.svc.CLUSTERDOMAIN"),
    ports: ports.prefault({}).describe("Ports of a member"),
    httpPolicy: z
      .enum(["HTTPS_ONLY", "HTTP_AND_HTTPS"])
      .optional()
      .describe(
        "ozone.http.policy. With it members are asked over HTTPS, which needs caBundle. Default: HTTP",
      ),
    caBundle: defineCertificates(LONGEST_CA_BUNDLE)
      .optional()
      .describe("With httpPolicy: the CA that signs the certificates of members and SCMs, in PEM format"),
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
      .describe("Add: adds the probes that the container lacks; they do not require a leader at startup"),
    joinTimeout: duration.default("30m").describe("How long a joining member may take, such as 30m"),
    waitTimeout: duration
      .default("10m")
      .describe(
        "How long a starting member waits for its prerequisites, such as the SCM, before it fails and is retried",
      ),
  })
  .superRefine(({ scaleDown: { minReplicas = 0 }, maxReplicas, httpPolicy, caBundle, ports }, context) => {
    const fault = (path: string[], message: string): void =>
      context.addIssue({ code: "custom", path, message });
    if (minReplicas > maxReplicas)
      fault(["scaleDown", "minReplicas"], `minReplicas ${minReplicas} is above maxReplicas ${maxReplicas}`);
    if (httpPolicy !== undefined && caBundle === undefined)
      fault(["caBundle"], `required if httpPolicy is ${httpPolicy}: members are asked over HTTPS`);
    if (httpPolicy !== undefined) return;
    if (caBundle !== undefined)
      fault(["caBundle"], "forbidden without httpPolicy: members are asked over HTTP");
    if (ports.https !== undefined)
      fault(["ports", "https"], "forbidden without httpPolicy: members are asked over HTTP");
  })
  .describe("The Ozone Managers of an HA ring");

export type OzoneSpec = z.infer<typeof ozoneOM>;

/** The part of a compiled profile that injection uses. */
export interface OzoneMembers {
  readonly name: string;
  readonly containers: readonly string[];
  readonly ozone: OzoneProfile;
}

/** The compiled settings of a ring. */
export interface OzoneProfile {
  readonly serviceId: string;
  readonly maxReplicas: number;
  readonly minReplicas: number;
  /** strict: members must be removed from the ring by hand before a scale-down */
  readonly scaleDown: "managed" | "strict";
  readonly clusterDomain: string;
  readonly ports: {
    readonly rpc: number;
    readonly ratis: number;
    readonly http: number;
    readonly https: number;
  };
  /** null: the web servers are asked over HTTP */
  readonly https: {
    /** of ozone.http.policy */
    readonly policy: "HTTPS_ONLY" | "HTTP_AND_HTTPS";
    /** PEM */
    readonly ca: string;
  } | null;
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
