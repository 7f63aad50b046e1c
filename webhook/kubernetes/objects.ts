// The parts of pods and StatefulSets that injection reads. Loose: what is not named here is left alone. The API
// server has checked real objects already; this is for the command line and for forged requests.
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

const probe = nullish(object({}));

const lifecycle = object({
  preStop: nullish(object({ exec: nullish(object({ command: nullish(list(text())) })) })),
});

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

/** Of a set's pods the one that says something here: to walk through 100,000 takes 20 ms. */
const templateLabels = nullish(object({ [PROFILE_LABEL]: optional(text()) }));

/** Of a pod those that say something here: whatever else it has, there may be 100,000 of it. */
const podLabels = nullish(
  object({
    [PROFILE_LABEL]: optional(text()),
    [REVISION_LABEL]: optional(text()),
    [POD_INDEX_LABEL]: optional(text()),
  }),
);

const podAnnotations = nullish(
  object({ [EVICTABLE_VOLUMES]: optional(text()), [LIMIT_RANGER]: optional(text()) }),
);

const podSpec = object({
  containers: list(container),
  /** of the pod as a whole */
  resources: nullish(object({})),
  initContainers: nullish(list(container)),
  volumes: nullish(list(named)),
  securityContext: nullish(securityContext),
  subdomain: nullish(text()),
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
  /** true: this owner makes and deletes the object */
  controller: nullish(flag()),
} as const;

/** Who controls an object, by name: a pod that is about to be created has an owner whose uid nobody has checked. */
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

/** Reads an object by its shape, in place, or says in one line what is wrong where. */
export function readAs<T>(shape: Shape<T>, value: unknown): { object: T } | { wrong: string } {
  const read = readShape(shape, value);
  return "value" in read ? { object: read.value } : { wrong: formatShapeFault(read.fault, "the object") };
}

export interface ContainerTarget {
  list: "containers" | "initContainers";
  index: number;
  container: Container;
}

/** Where a target is in its pod. */
export const buildContainerPath = ({
  list,
  index,
}: Pick<ContainerTarget, "list" | "index">): (string | number)[] => ["spec", list, index];

/** A path without slashes at its end. */
export function withoutEndSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}

/** An empty part or a dot, also at the end. */
const ODD_PART = /\/\.?(?:\/|$)/;

/** A path with one slash between its parts, and none at its end: "/a//b/./" is "/a/b". */
export function normalizePath(path: string): string {
  if (path.startsWith("/") && !ODD_PART.test(path)) return path;
  return `/${path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/")}`;
}

/** A pod of a StatefulSet, by what tells it from the others. */
export interface PodIdentity {
  namespace: string;
  statefulSet: string;
  pod: string;
  ordinal: number;
  /** the headless Service, which the controller writes into the pod's subdomain */
  serviceName: string;
}
