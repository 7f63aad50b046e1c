// The parts of pods and StatefulSets that injection reads. Loose: what is not named here is left alone. The API
// server has checked real objects already; this is for the command line and for forged requests.
import * as z from "zod";

/** The API server keeps both in 32 bits. */
const INT32 = 2 ** 31 - 1;

const named = z.looseObject({ name: z.string() });

const envVar = z.looseObject({
  name: z.string(),
  value: z.string().nullish(),
  valueFrom: z.unknown().optional(),
});

const mount = z.looseObject({ name: z.string(), mountPath: z.string() });

const securityContext = z.looseObject({ runAsUser: z.number().nullish() });

const probe = z.looseObject({}).nullish();

const lifecycle = z.looseObject({
  preStop: z
    .looseObject({ exec: z.looseObject({ command: z.array(z.string()).nullish() }).nullish() })
    .nullish(),
});

export const container = z.looseObject({
  name: z.string(),
  image: z.string().optional(),
  command: z.array(z.string()).nullish(),
  env: z.array(envVar).nullish(),
  envFrom: z.array(z.unknown()).nullish(),
  volumeMounts: z.array(mount).nullish(),
  volumeDevices: z.array(z.unknown()).nullish(),
  imagePullPolicy: z.string().nullish(),
  workingDir: z.string().nullish(),
  resources: z.looseObject({}).nullish(),
  securityContext: securityContext.nullish(),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: lifecycle.nullish(),
  /** Always, in an init container: a native sidecar */
  restartPolicy: z.string().nullish(),
});

const podSpec = z.looseObject({
  containers: z.array(container),
  initContainers: z.array(container).nullish(),
  volumes: z.array(named).nullish(),
  securityContext: securityContext.nullish(),
  subdomain: z.string().nullish(),
  terminationGracePeriodSeconds: z.number().nullish(),
  os: z.looseObject({ name: z.string() }).nullish(),
  nodeSelector: z.record(z.string(), z.string()).nullish(),
});

const labels = z.record(z.string(), z.string()).nullish();

const ownerReference = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  controller: z.boolean().nullish(),
});

export const pod = z.looseObject({
  metadata: z.looseObject({
    name: z.string().optional(),
    generateName: z.string().optional(),
    namespace: z.string().optional(),
    labels,
    ownerReferences: z.array(ownerReference).nullish(),
  }),
  spec: podSpec,
});

export const statefulSet = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    uid: z.string().optional(),
    deletionTimestamp: z.string().nullish(),
  }),
  spec: z.looseObject({
    replicas: z.number().int().min(0).max(INT32).nullish(),
    serviceName: z.string().nullish(),
    ordinals: z.looseObject({ start: z.number().int().min(0).max(INT32).nullish() }).nullish(),
    selector: z.looseObject({ matchLabels: labels }).nullish(),
    template: z.looseObject({
      metadata: z
        .looseObject({ labels, annotations: labels, finalizers: z.array(z.string()).nullish() })
        .nullish(),
      spec: podSpec,
    }),
    volumeClaimTemplates: z
      .array(
        z.looseObject({
          metadata: named,
          spec: z.looseObject({ accessModes: z.array(z.string()).nullish() }).nullish(),
        }),
      )
      .nullish(),
  }),
});

export type Pod = z.infer<typeof pod>;
export type Container = z.infer<typeof container>;
export type EnvVar = z.infer<typeof envVar>;
export type Mount = z.infer<typeof mount>;
export type StatefulSet = z.infer<typeof statefulSet>;

/** Reads an object by its shape, or says in one line what is wrong where. */
export function readAs<T>(shape: z.ZodType<T>, object: unknown): { object: T } | { wrong: string } {
  const read = shape.safeParse(object);
  if (read.success) return { object: read.data };
  const [first] = read.error.issues;
  return { wrong: `${first?.path.join(".") || "the object"}: ${first?.message ?? "wrong"}` };
}
