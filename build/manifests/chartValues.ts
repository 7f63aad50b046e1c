// The values of the chart manifests/helm/rollcall. values.schema.json and the table in the chart's README are generated
// from this schema. Helm rejects values that the schema does not have, so a misspelled name is not ignored.
import * as z from "zod";

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const OBJECT_NAME = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;
/** Names that are inserted into CEL expressions between single quotes. */
const USER_NAME = /^[-A-Za-z0-9:._@/]+$/;
const CIDR = /^[0-9a-fA-F.:]+\/[0-9]{1,3}$/;

const port = z.int().min(1).max(65535);
const text = z.record(z.string(), z.string());
/** Not validated further: the API server has the schema. */
const kubernetes = z.record(z.string(), z.unknown());

const image = z.strictObject({
  repository: z.string().min(1).describe("name below `images.registry`"),
  tag: z
    .string()
    .regex(/^([A-Za-z0-9_][-.A-Za-z0-9_]{0,127})?$/)
    .describe("empty: the chart's appVersion"),
  digest: z
    .string()
    .regex(/^(sha256:[a-f0-9]{64})?$/)
    .describe("`sha256:…`; counts instead of the tag"),
});

const quantity = z.union([z.string(), z.number()]);
const amounts = z.record(z.string(), quantity);
const resources = z.strictObject({ requests: amounts.optional(), limits: amounts.optional() });

export const chartValues = z.strictObject({
  images: z.strictObject({
    registry: z.string().min(1).describe("registry and folder of both images"),
    webhook: image,
    init: image,
    pullPolicy: z.enum(["", "Always", "IfNotPresent", "Never"]).describe("empty: Kubernetes' default"),
    pullSecrets: z
      .array(z.string().regex(OBJECT_NAME))
      .describe("names of Secrets in the release's namespace; pods of workloads need one of their own"),
  }),
  replicas: z.int().min(1).max(20).describe("replicas of the webhook"),
  maxUnavailable: z
    .int()
    .min(1)
    .max(19)
    .describe("of the PodDisruptionBudget: how many replicas a drain may take at once"),
  resources: z.strictObject({
    webhook: resources.describe("no CPU limit: a burst of large reviews must not be throttled into timeouts"),
    init: resources.describe("of the init container that names the injected image and shows its version"),
  }),
  scheduling: z.strictObject({
    priorityClassName: z.string().describe("empty: none"),
    nodeSelector: text.describe("labels of nodes"),
    tolerations: z.array(kubernetes).describe("as in a pod"),
    affinity: kubernetes.describe("as in a pod; by default replicas prefer different nodes"),
    topologySpreadConstraints: z.array(kubernetes).describe("as in a pod, such as one for zones"),
  }),
  labels: text.describe("more labels for every object"),
  annotations: text.describe("annotations for every object"),
  podLabels: text.describe("more labels for the webhook's pods"),
  podAnnotations: text.describe("annotations for the webhook's pods"),
  port: port.describe("the port that the webhook listens on"),
  hostNetwork: z
    .boolean()
    .describe(
      "for clusters whose control plane does not reach pod addresses; the port must be free on the nodes",
    ),
  logLevel: z.enum(["trace", "debug", "info", "warn", "error"]).describe("`ROLLCALL_LOG_LEVEL`"),
  drainSeconds: z.int().min(0).max(300).describe("`ROLLCALL_DRAIN_SECONDS`"),
  controllerUsers: z
    .array(z.string().regex(USER_NAME))
    .min(1)
    .describe("user names of the StatefulSet controller, in the webhook and in its configuration"),
  breakGlassGroup: z.string().min(1).describe("the group that may use the override"),
  certificates: z.strictObject({
    issuer: z
      .enum(["rollcall", "cert-manager"])
      .describe("who makes the webhook's certificate and publishes its CA"),
    certManager: z.strictObject({
      issuerRef: z
        .strictObject({ group: z.string().optional(), kind: z.string().optional(), name: z.string() })
        .nullable()
        // Helm 4 removes a value that is null before it validates
        .optional()
        .describe("an issuer that has a CA; null: one that the chart makes"),
      duration: z
        .string()
        .regex(/^[0-9]+h$/)
        .describe("lifetime of the serving certificate"),
    }),
  }),
  clientCertificate: z.strictObject({
    enabled: z.boolean().describe("reviews are answered only to callers with a client certificate"),
    configMap: z.string().regex(OBJECT_NAME).describe("has the CA under the key `ca.crt`"),
    names: z.array(z.string().regex(USER_NAME)).min(1).describe("common names that count"),
  }),
  networkPolicy: z.strictObject({
    enabled: z.boolean().describe("only `networkPolicy.from` reaches the webhook's port"),
    from: z.array(z.string().regex(CIDR)).describe("address ranges of the control plane"),
  }),
  priorityQuota: z.strictObject({
    enabled: z.boolean().describe("a quota that allows the priority class in the namespace, as GKE needs"),
    pods: z.int().min(1).describe("at least the replicas, and one more for a rollout"),
  }),
  floor: z.strictObject({
    enabled: z
      .boolean()
      .describe("the overlay `floor`: policies that deny scale-downs also without the webhook"),
    sparedProfiles: z
      .array(z.string().regex(DNS_LABEL))
      .describe("profiles whose StatefulSets the floor does not hold"),
  }),
  crd: z.strictObject({
    install: z.boolean().describe("false: somebody else installs the definition of RollcallProfile"),
  }),
  namespace: z.strictObject({
    create: z.boolean().describe("for `helm template` alone: prints the namespace, too"),
  }),
  global: z.record(z.string(), z.unknown()).optional().describe("not used; a parent chart may pass it"),
});
