// Each list of a pod and of a StatefulSet that its author can make long.
import {
  APP,
  buildPodObject,
  buildPodReview,
  buildSetObject,
  createEntries,
  DATA,
  setReview,
} from "../hostile/reviews.ts";

export interface LongList {
  readonly name: string;
  readonly path: "/mutate" | "/validate";
  /** a review with a list of this size */
  body(bytes: number): string;
}

type Json = Readonly<Record<string, unknown>>;

const app = (more: Json): Json => ({ containers: [{ ...APP, ...more }] });
const map = (bytes: number, key: string): Json =>
  Object.fromEntries(createEntries(bytes, (index) => [`${key}${index}`, "v"]) as [string, string][]);

/** The parts of a pod's spec: in a pod, and in the template of a StatefulSet. */
const SPECS: Readonly<Record<string, (bytes: number) => Json>> = {
  containers: (bytes) => ({
    containers: [APP, ...createEntries(bytes, (index) => ({ name: `c${index}`, image: "a:1" }))],
  }),
  "init containers": (bytes) => ({
    initContainers: createEntries(bytes, (index) => ({ name: `i${index}`, image: "a:1" })),
  }),
  env: (bytes) => app({ env: createEntries(bytes, (index) => ({ name: `V${index}`, value: "v" })) }),
  envFrom: (bytes) =>
    app({ envFrom: createEntries(bytes, (index) => ({ configMapRef: { name: `m${index}` } })) }),
  mounts: (bytes) =>
    app({
      volumeMounts: [
        ...(APP["volumeMounts"] as Json[]),
        ...createEntries(bytes, (index) => ({ name: `v${index}`, mountPath: `/m/${index}` })),
      ],
    }),
};

const ofPods = Object.entries({
  ...SPECS,
  volumes: (bytes: number) => ({
    volumes: [DATA, ...createEntries(bytes, (index) => ({ name: `v${index}`, emptyDir: {} }))],
  }),
}).map(
  ([name, spec]): LongList => ({
    name: `a pod's ${name}`,
    path: "/mutate",
    body: (bytes) => buildPodReview(buildPodObject("demo", spec(bytes))),
  }),
);

const ofSets = Object.entries({
  ...SPECS,
  volumes: (bytes: number) => ({
    volumes: createEntries(bytes, (index) => ({ name: `v${index}`, emptyDir: {} })),
  }),
}).map(
  ([name, spec]): LongList => ({
    name: `a set's ${name}`,
    path: "/validate",
    body: (bytes) => setReview(buildSetObject("demo", spec(bytes))),
  }),
);

const owner = (index: number): Json => ({
  apiVersion: "v1",
  kind: "Node",
  name: `n${index}`,
  uid: `u${index}`,
});

export const LISTS: readonly LongList[] = [
  ...ofPods,
  {
    name: "a pod's labels",
    path: "/mutate",
    body: (bytes) => buildPodReview(buildPodObject("demo", {}, { labels: map(bytes, "l") })),
  },
  {
    name: "a pod's annotations",
    path: "/mutate",
    body: (bytes) => buildPodReview(buildPodObject("demo", {}, { annotations: map(bytes, "a") })),
  },
  {
    name: "a pod's owners",
    path: "/mutate",
    body: (bytes) =>
      buildPodReview(buildPodObject("demo", {}, { ownerReferences: createEntries(bytes, owner) })),
  },
  ...ofSets,
  {
    name: "a set's claims",
    path: "/validate",
    body: (bytes) => {
      const claims = createEntries(bytes, (index) => ({ metadata: { name: `c${index}` } }));
      return setReview(
        buildSetObject("demo", {}, { volumeClaimTemplates: [{ metadata: { name: "data" } }, ...claims] }),
      );
    },
  },
  {
    name: "a set's labels",
    path: "/validate",
    body: (bytes) => setReview(buildSetObject("demo", {}, {}, { labels: map(bytes, "l") })),
  },
  {
    name: "the labels of a set's pods and selector",
    path: "/validate",
    body: (bytes) => {
      const labels = { app: "web", "rollcall.dev/profile": "demo", ...map(bytes / 2, "l") };
      const set = buildSetObject("demo", {}, { selector: { matchLabels: labels } });
      const { spec } = set as { spec: { template: { spec: Json } } };
      const template = { ...spec.template, metadata: { labels } };
      return setReview({ ...set, spec: { ...spec, template } });
    },
  },
  {
    name: "the annotations of a set's pods",
    path: "/validate",
    body: (bytes) => {
      const set = buildSetObject("demo");
      const { spec } = set as { spec: { template: { metadata: Json; spec: Json } } };
      const metadata = { ...spec.template.metadata, annotations: map(bytes, "a") };
      return setReview({ ...set, spec: { ...spec, template: { ...spec.template, metadata } } });
    },
  },
  {
    name: "a set's annotations",
    path: "/validate",
    body: (bytes) => setReview(buildSetObject("demo", {}, {}, { annotations: map(bytes, "a") })),
  },
  {
    name: "a set's owners",
    path: "/validate",
    body: (bytes) =>
      setReview(buildSetObject("demo", {}, {}, { ownerReferences: createEntries(bytes, owner) })),
  },
  {
    name: "both env of an update",
    path: "/validate",
    body: (bytes) => {
      const env = createEntries(bytes / 2, (index) => ({ name: `V${index}`, value: "v" }));
      const oldObject = buildSetObject("demo", app({ env }), { replicas: 2 });
      return setReview(buildSetObject("demo", app({ env })), { operation: "UPDATE", oldObject });
    },
  },
];
