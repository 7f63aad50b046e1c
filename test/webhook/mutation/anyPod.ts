// Generates pods for property tests: every shape that matters to injection, with unknown fields at every level; and changes
// by another webhook.
import fc from "fast-check";
import { buildWeb1, type RawNamed, type RawPod } from "./pod.ts";

/** Stands for a password in env, a command or an annotation. */
export const SENTINEL = "s3ntinel-of-the-pod";

/** Fields that Rollcall's schemas do not have. */
const unknownFields = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 5 }).map((name) => `x-${name}/~`),
  fc.jsonValue({ maxDepth: 2 }),
  { minKeys: 1, maxKeys: 2 },
);

const text = fc.oneof(fc.string(), fc.constant(SENTINEL));

const variable = (name: string): fc.Arbitrary<RawNamed> =>
  fc.oneof(
    text.map((value) => ({ name, value })),
    fc.constant({ name }),
    fc.constant({ name, valueFrom: { secretKeyRef: { name: "s", key: "k" } } }),
    fc.constant({ name, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } }),
  );

/** Variables of the application; the profile sets some of them, too. */
const env = fc.option(
  fc
    .subarray(["A", "B", "PASSWORD", "PEER", "ADVERTISED_NAME", "ROLLCALL_S3_BUCKET"])
    .chain((names) => fc.tuple(...names.map(variable))),
  { nil: undefined },
);

/** Values of lifecycle into which a preStop can be injected. */
const lifecycle = fc.oneof(
  fc.constant(undefined),
  fc.record({ postStart: fc.constant({ exec: { command: ["a"] } }) }),
  fc
    .array(text, { minLength: 1, maxLength: 3 })
    .map((command) => ({ preStop: { exec: { command } }, stopSignal: "SIGINT" })),
);

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const amounts = fc.record({ cpu: fc.constantFrom("1", "500m"), memory: fc.constantFrom("64Mi", "1Gi") });

const details = fc
  .record({
    env,
    envFrom: optional(fc.constant([{ configMapRef: { name: "theirs" } }])),
    args: optional(fc.array(text, { maxLength: 2 })),
    resources: optional(fc.record({ requests: amounts, limits: amounts }, { requiredKeys: [] })),
    securityContext: optional(fc.record({ runAsUser: fc.nat(9) })),
    imagePullPolicy: optional(fc.constantFrom("Always", "IfNotPresent")),
    workingDir: optional(fc.constant("/data")),
  })
  .map(withoutUndefined);

const inits = optional(
  fc.subarray(["one", "two", "proxy"]).chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        details.map((more) => ({
          name,
          image: "i",
          ...(name === "proxy" ? { restartPolicy: "Always" } : {}),
          ...more,
        })),
      ),
    ),
  ),
);

/** Which object of the pod gets the unknown fields, as a fraction of their number. */
const sprinkle = fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), unknownFields), {
  maxLength: 8,
});

const shape = fc.record({
  profile: fc.constantFrom("demo", "leaving", "drained", "plain", "beside"),
  hasToken: fc.boolean(),
  lifecycle,
  app: details,
  sidecar: details,
  inits,
  hasVolumes: fc.boolean(),
  annotation: optional(text),
  evictable: optional(fc.constantFrom("", "scratch", "scratch,rollcall", "a, b")),
  sprinkle,
});

/** A pod of StatefulSet web that injection accepts. */
export const anyPod: fc.Arbitrary<RawPod> = shape.map((given) => {
  const pod = buildWeb1(given.profile);
  const [app, sidecar] = pod.spec.containers;
  if (app === undefined || sidecar === undefined) throw new Error("the usual pod has two containers");
  if (!given.hasToken) (app["volumeMounts"] as unknown[]).pop();
  delete app["env"];
  Object.assign(
    app,
    structuredClone(given.app),
    withoutUndefined({ lifecycle: structuredClone(given.lifecycle) }),
  );
  Object.assign(sidecar, structuredClone(given.sidecar));
  if (given.inits !== undefined) pod.spec.initContainers = structuredClone(given.inits);
  // profiles with markers on a volume need it
  if (!given.hasVolumes && given.profile === "plain") delete pod.spec.volumes;
  const annotations = {
    ...(given.annotation === undefined ? {} : { note: given.annotation }),
    ...(given.evictable === undefined
      ? {}
      : { "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes": given.evictable }),
  };
  if (Object.keys(annotations).length > 0) pod.metadata["annotations"] = annotations;
  for (const [place, fields] of given.sprinkle) {
    const all = objectsIn(pod);
    Object.assign(all[Math.floor(place * all.length)] ?? pod, structuredClone(fields));
  }
  return pod;
});

/** Maps in which the API server allows only text. */
const PLAIN = new Set(["labels", "annotations", "nodeSelector"]);

/** Every object of a pod, from the pod itself down to a mount. */
function objectsIn(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (typeof value !== "object" || value === null) return [];
  return [
    value as Record<string, unknown>,
    ...Object.entries(value).flatMap(([key, inner]) => (PLAIN.has(key) ? [] : objectsIn(inner))),
  ];
}

/** Changes by another webhook: it rewrites, adds and moves parts of a pod, but removes nothing that Rollcall has injected. */
export type PodChange = (pod: RawPod) => RawPod;

/** Kinds of changes; a webhook makes any subset of them. @param tag a part of the names that it adds */
const ways = (tag: string): fc.Arbitrary<(pod: RawPod) => void>[] => [
  everywhere((container) => {
    container["image"] = `mirror.test/${String(container["image"])}`;
  }),
  fc
    .tuple(text, fc.boolean())
    .chain(([value, isFront]) =>
      everywhere((container) => put(container, "env", { name: `MESH_${tag}`, value }, isFront)),
    ),
  fc.boolean().map((isFront) => ({ spec }: RawPod) => {
    put(spec, "volumes", { name: `mesh-${tag}`, emptyDir: {} }, isFront);
    for (const container of listContainers(spec))
      put(container, "volumeMounts", { name: `mesh-${tag}`, mountPath: `/mesh-${tag}` }, isFront);
  }),
  fc.record({ runAsUser: fc.nat(9), "x-seccomp": fc.jsonValue({ maxDepth: 1 }) }).chain((security) =>
    everywhere((container) => {
      container["securityContext"] = { ...security };
    }),
  ),
  amounts.chain((requests) =>
    everywhere((container) => {
      container["resources"] = { requests };
    }),
  ),
  fc.tuple(text, fc.boolean()).map(([value, isFront]) => ({ spec }: RawPod) => {
    put(
      spec,
      "containers",
      { name: `mesh-proxy-${tag}`, image: "mesh", env: [{ name: "X", value }] },
      isFront,
    );
  }),
  fc.tuple(fc.boolean(), fc.boolean()).map(([isNative, isFront]) => ({ spec }: RawPod) => {
    const init = { name: `mesh-init-${tag}`, image: "mesh" };
    put(spec, "initContainers", isNative ? { ...init, restartPolicy: "Always" } : init, isFront);
  }),
  text.map((value) => ({ metadata }: RawPod) => {
    metadata["annotations"] = { ...(metadata["annotations"] as object | undefined), [tag]: value };
  }),
];

/** Another webhook that may change images, env, mounts, security, resources and sidecars, at either end of lists. */
export const generatePodChange = (tag: string): fc.Arbitrary<PodChange> =>
  fc.tuple(...ways(tag).map((way) => optional(way))).map((chosen) => (pod) => {
    const copy = structuredClone(pod);
    for (const way of chosen) way?.(copy);
    return copy;
  });

const listContainers = ({ containers, initContainers }: RawPod["spec"]): RawNamed[] => [
  ...containers,
  ...(initContainers ?? []),
];

const everywhere = (change: (container: RawNamed) => void): fc.Arbitrary<(pod: RawPod) => void> =>
  fc.constant(({ spec }) => {
    for (const container of listContainers(spec)) change(container);
  });

function put(object: Record<string, unknown>, key: string, item: unknown, isFront: boolean): void {
  const list = (object[key] as unknown[] | undefined) ?? [];
  object[key] = isFront ? [item, ...list] : [...list, item];
}

function withoutUndefined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}
