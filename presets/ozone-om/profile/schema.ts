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

const members = z.strictObject({
  statefulSet: dnsLabel.describe("The StatefulSet of the Ozone Managers"),
  serviceName: dnsLabel.describe("Its spec.serviceName"),
  namespace: dnsLabel.describe("Its namespace"),
  addresses: z
    .enum(["Pods", "Services"])
    .default("Pods")
    .describe(
      "Names of members. Pods: POD.SERVICENAME.NAMESPACE.svc. Services: POD.NAMESPACE.svc, for which you create a Service for " +
        "each possible member, so that a name exists before its pod",
    ),
});

/** What each role needs. A change of the role would drop the protection of a ring. */
const ROLE_RULE = {
  "x-kubernetes-validations": [
    {
      rule: "(has(self.role) && self.role == 'Client') == (has(oldSelf.role) && oldSelf.role == 'Client')",
      message: "role cannot be changed: create another profile",
    },
    {
      rule:
        "has(self.role) && self.role == 'Client' ? has(self.members) && !has(self.metadata) && !has(self.scaleDown) && !has(self.httpPolicy) : " +
        "has(self.metadata) && has(self.scaleDown) && !has(self.members)",
      message:
        "metadata and scaleDown are required for members of a ring; with role Client members is, and metadata, scaleDown and httpPolicy are forbidden",
    },
  ],
};

export const ozoneOM = z
  .strictObject({
    role: z
      .enum(["Member", "Client"])
      .optional()
      .describe(
        "Member: the pods are the ring's Ozone Managers. Client: pods of any controller get the addresses of all possible " +
          "members as configuration, and nothing else. Default: Member",
      ),
    members: members.optional().describe("With role Client: where the members are"),
    containers: z
      .array(dnsLabel)
      .min(1)
      .max(MAX_CONTAINERS)
      .default(["om"])
      .meta(SET)
      .describe(
        "The Ozone Manager's container, in whose image the runner runs; with role Client those of the client",
      ),
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
    ).optional(),
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
    metadata: metadata.optional().describe("Where a member keeps its state. Required, unless role is Client"),
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
  .superRefine((spec, context) => {
    for (const { path, message } of spec.role === "Client" ? findClientFaults(spec) : findMemberFaults(spec))
      context.addIssue({ code: "custom", path: [...path], message });
  })
  .meta(ROLE_RULE)
  .describe("The Ozone Managers of an HA ring, or clients of one");

export type OzoneSpec = z.infer<typeof ozoneOM>;

interface Fault {
  readonly path: readonly string[];
  readonly message: string;
}

type OzoneFields = Pick<
  OzoneSpec,
  "members" | "metadata" | "scaleDown" | "maxReplicas" | "httpPolicy" | "caBundle" | "ports"
>;

function findMemberFaults(spec: OzoneFields): Fault[] {
  const { metadata: kept, scaleDown, maxReplicas, httpPolicy, caBundle, ports: used } = spec;
  const minReplicas = scaleDown?.minReplicas ?? 0;
  const unsecured = "forbidden without httpPolicy: members are asked over HTTP";
  return [
    ...(spec.members === undefined ? [] : [fault("members", "forbidden, unless role is Client")]),
    ...(kept === undefined ? [fault("metadata", "required value")] : []),
    ...(scaleDown === undefined ? [fault("scaleDown", "required value")] : []),
    ...(minReplicas <= maxReplicas
      ? []
      : [fault("scaleDown.minReplicas", `minReplicas ${minReplicas} is above maxReplicas ${maxReplicas}`)]),
    ...(httpPolicy !== undefined && caBundle === undefined
      ? [fault("caBundle", `required if httpPolicy is ${httpPolicy}: members are asked over HTTPS`)]
      : []),
    ...(httpPolicy === undefined && caBundle !== undefined ? [fault("caBundle", unsecured)] : []),
    ...(httpPolicy === undefined && used.https !== undefined ? [fault("ports.https", unsecured)] : []),
  ];
}

function findClientFaults(spec: OzoneFields): Fault[] {
  const given = (["metadata", "scaleDown", "httpPolicy", "caBundle"] as const).filter(
    (field) => spec[field] !== undefined,
  );
  return [
    ...(spec.members === undefined ? [fault("members", "required when role is Client")] : []),
    ...given.map((field) => fault(field, "forbidden when role is Client")),
  ];
}

const fault = (path: string, message: string): Fault => ({ path: path.split("."), message });

/** The part of a compiled profile that injection uses. */
export interface OzoneMembers {
  readonly name: string;
  readonly containers: readonly string[];
  readonly ozone: OzoneProfile;
}

/** Where the members of a ring are, and how many there may be. */
export interface RingAddresses {
  readonly serviceId: string;
  readonly maxReplicas: number;
  readonly clusterDomain: string;
  readonly ports: {
    readonly rpc: number;
    readonly ratis: number;
    readonly http: number;
    readonly https: number;
  };
}

/** The compiled settings of clients. */
export interface OzoneClients extends RingAddresses {
  readonly name: string;
  readonly members: NonNullable<OzoneSpec["members"]>;
}

/** The compiled settings of a ring. */
export interface OzoneProfile extends RingAddresses {
  readonly minReplicas: number;
  /** strict: members must be removed from the ring by hand before a scale-down */
  readonly scaleDown: "managed" | "strict";
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
