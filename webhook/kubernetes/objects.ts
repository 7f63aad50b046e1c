// The fields of pods and StatefulSets that the webhook reads. Other fields are allowed and ignored. The API server has
// validated real objects already; this protects against the files of the command line and forged requests.
import { META, ORDINAL_FIELDS } from "../../init/contract/apiObjects.ts";
import {
  anyNumber,
  anything,
  flag,
  formatShapeFault,
  list,
  nullish,
  object,
  optional,
  readShape,
  type Shape,
  type TypeOf,
  text,
} from "../../init/contract/shape.ts";
import { EVICTABLE_VOLUMES, LIMIT_RANGER, POD_INDEX_LABEL, PROFILE_LABEL, REVISION_LABEL } from "./names.ts";

const named = object({ name: META.name });

const envVar = object({ name: text(), value: nullish(text()), valueFrom: anything() });

const mount = object({ name: text(), mountPath: text(), readOnly: nullish(flag()) });

const securityContext = object({ runAsUser: nullish(anyNumber()) });

const execAction = nullish(object({ exec: nullish(object({ command: nullish(list(text())) })) }));

const probe = execAction;

const lifecycle = object({ postStart: execAction, preStop: execAction });

export const container = object({
  name: text(),
  image: optional(text()),
  command: nullish(list(text())),
  args: nullish(list(text())),
  env: nullish(list(envVar)),
  envFrom: nullish(list(anything())),
  volumeMounts: nullish(list(mount)),
  volumeDevices: nullish(list(named)),
  imagePullPolicy: nullish(text()),
  workingDir: nullish(text()),
  resources: nullish(object({})),
  securityContext: nullish(securityContext),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: nullish(lifecycle),
  /** Always, in an init container: a native sidecar */
  restartPolicy: nullish(text()),
});

const labels = nullish(META.labels);

/** Only the label that is read: to walk through 100,000 labels takes 20 ms. */
const templateLabels = nullish(object({ [PROFILE_LABEL]: optional(text()) }));

/** Only the labels that are read: a pod may have 100,000 others. */
export const podLabels = nullish(
  object({
    [PROFILE_LABEL]: optional(text()),
    [REVISION_LABEL]: optional(text()),
    [POD_INDEX_LABEL]: optional(text()),
  }),
);

const podAnnotations = nullish(
  object({ [EVICTABLE_VOLUMES]: optional(text()), [LIMIT_RANGER]: optional(text()) }),
);

export const podSpec = object({
  containers: list(container),
  /** pod-level resources */
  resources: nullish(object({})),
  initContainers: nullish(list(container)),
  volumes: nullish(list(named)),
  securityContext: nullish(securityContext),
  subdomain: nullish(text()),
  serviceAccountName: nullish(text()),
  terminationGracePeriodSeconds: nullish(anyNumber()),
  os: nullish(object({ name: text() })),
  nodeSelector: labels,
});

/** Fields of an owner reference. */
export const OWNER = {
  apiVersion: text(),
  kind: text(),
  name: META.name,
  uid: META.uid,
  /** true: this owner manages the object */
  controller: nullish(flag()),
} as const;

/** The owner of an object without its uid, which is not verified yet when a pod is created. */
export const ownerByName = object({
  apiVersion: OWNER.apiVersion,
  kind: OWNER.kind,
  name: OWNER.name,
  controller: OWNER.controller,
});

export const pod = object({
  metadata: object({
    name: optional(META.name),
    generateName: optional(META.generateName),
    namespace: optional(META.namespace),
    labels: podLabels,
    annotations: podAnnotations,
    ownerReferences: nullish(list(ownerByName)),
  }),
  spec: podSpec,
});

export const statefulSet = object({
  metadata: object({
    name: META.name,
    namespace: optional(META.namespace),
    uid: optional(META.uid),
    deletionTimestamp: nullish(META.deletionTimestamp),
  }),
  spec: object({
    ...ORDINAL_FIELDS,
    serviceName: nullish(text()),
    selector: nullish(object({ matchLabels: labels })),
    template: object({
      metadata: nullish(
        object({ labels: templateLabels, annotations: podAnnotations, finalizers: nullish(META.finalizers) }),
      ),
      spec: podSpec,
    }),
    volumeClaimTemplates: nullish(
      list(
        object({
          metadata: named,
          spec: nullish(object({ accessModes: nullish(list(text())), volumeMode: nullish(text()) })),
        }),
      ),
    ),
  }),
});

export type Pod = TypeOf<typeof pod>;
export type Container = TypeOf<typeof container>;
export type EnvVar = TypeOf<typeof envVar>;
export type VolumeMount = TypeOf<typeof mount>;
export type StatefulSet = TypeOf<typeof statefulSet>;

/** Reads an object by its shape, in place. @returns otherwise one line that names the wrong field */
export function readAs<T>(shape: Shape<T>, value: unknown): { object: T } | { wrong: string } {
  const read = readShape(shape, value);
  return "value" in read ? { object: read.value } : { wrong: formatShapeFault(read.fault, "the object") };
}

export interface ContainerTarget {
  list: "containers" | "initContainers";
  index: number;
  container: Container;
}

/** The path of a target in its pod. */
export const buildContainerPath = ({
  list,
  index,
}: Pick<ContainerTarget, "list" | "index">): (string | number)[] => ["spec", list, index];

/** A path without trailing slashes. */
export function withoutEndSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}

/** An empty part or a dot, also at the end. */
const ODD_PART = /\/\.?(?:\/|$)/;

/** A path without empty parts, dots and trailing slashes: "/a//b/./" becomes "/a/b". */
export function normalizePath(path: string): string {
  if (path.startsWith("/") && !ODD_PART.test(path)) return path;
  return `/${path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/")}`;
}

/** What identifies a pod of a StatefulSet. */
export interface PodIdentity {
  namespace: string;
  statefulSet: string;
  pod: string;
  ordinal: number;
  /** the governing Service, which the controller writes into the pod's subdomain */
  serviceName: string;
}
