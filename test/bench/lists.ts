// Each list of a pod and of a StatefulSet that its author can make long.
import { APP, DATA, entries, pod, podReview, setReview, statefulSet } from "../hostile/reviews.ts";

export interface LongList {
  readonly name: string;
  readonly path: "/mutate" | "/validate";
  /** a review whose list takes so many bytes */
  body(bytes: number): string;
}

type Json = Readonly<Record<string, unknown>>;

const app = (more: Json): Json => ({ containers: [{ ...APP, ...more }] });
const map = (bytes: number, key: string): Json =>
  Object.fromEntries(entries(bytes, (index) => [`${key}${index}`, "v"]) as [string, string][]);

/** The parts of a pod's spec: in a pod, and in the template of a set. */
const SPECS: Readonly<Record<string, (bytes: number) => Json>> = {
  containers: (bytes) => ({
    containers: [APP, ...entries(bytes, (index) => ({ name: `c${index}`, image: "a:1" }))],
  }),
  "init containers": (bytes) => ({
    initContainers: entries(bytes, (index) => ({ name: `i${index}`, image: "a:1" })),
  }),
  env: (bytes) => app({ env: entries(bytes, (index) => ({ name: `V${index}`, value: "v" })) }),
  envFrom: (bytes) => app({ envFrom: entries(bytes, (index) => ({ configMapRef: { name: `m${index}` } })) }),
  mounts: (bytes) =>
    app({
      volumeMounts: [
        ...(APP["volumeMounts"] as Json[]),
        ...entries(bytes, (index) => ({ name: `v${index}`, mountPath: `/m/${index}` })),
      ],
    }),
};

const ofPods = Object.entries({
  ...SPECS,
  volumes: (bytes: number) => ({
    volumes: [DATA, ...entries(bytes, (index) => ({ name: `v${index}`, emptyDir: {} }))],
  }),
}).map(
  ([name, spec]): LongList => ({
    name: `a pod's ${name}`,
    path: "/mutate",
    body: (bytes) => podReview(pod("demo", spec(bytes))),
  }),
);

const ofSets = Object.entries({
  ...SPECS,
  volumes: (bytes: number) => ({ volumes: entries(bytes, (index) => ({ name: `v${index}`, emptyDir: {} })) }),
}).map(
  ([name, spec]): LongList => ({
    name: `a set's ${name}`,
    path: "/validate",
    body: (bytes) => setReview(statefulSet("demo", spec(bytes))),
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
    body: (bytes) => podReview(pod("demo", {}, { labels: map(bytes, "l") })),
  },
  {
    name: "a pod's annotations",
    path: "/mutate",
    body: (bytes) => podReview(pod("demo", {}, { annotations: map(bytes, "a") })),
  },
  {
    name: "a pod's owners",
    path: "/mutate",
    body: (bytes) => podReview(pod("demo", {}, { ownerReferences: entries(bytes, owner) })),
  },
  ...ofSets,
  {
    name: "a set's claims",
    path: "/validate",
    body: (bytes) => {
      const claims = entries(bytes, (index) => ({ metadata: { name: `c${index}` } }));
      return setReview(
        statefulSet("demo", {}, { volumeClaimTemplates: [{ metadata: { name: "data" } }, ...claims] }),
      );
    },
  },
  {
    name: "a set's labels",
    path: "/validate",
    body: (bytes) => setReview(statefulSet("demo", {}, {}, { labels: map(bytes, "l") })),
  },
  {
    name: "the labels of a set's pods and selector",
    path: "/validate",
    body: (bytes) => {
      const labels = { app: "web", "rollcall.dev/profile": "demo", ...map(bytes / 2, "l") };
      const set = statefulSet("demo", {}, { selector: { matchLabels: labels } });
      const { spec } = set as { spec: { template: { spec: Json } } };
      const template = { ...spec.template, metadata: { labels } };
      return setReview({ ...set, spec: { ...spec, template } });
    },
  },
  {
    name: "the annotations of a set's pods",
    path: "/validate",
    body: (bytes) => {
      const set = statefulSet("demo");
      const { spec } = set as { spec: { template: { metadata: Json; spec: Json } } };
      const metadata = { ...spec.template.metadata, annotations: map(bytes, "a") };
      return setReview({ ...set, spec: { ...spec, template: { ...spec.template, metadata } } });
    },
  },
  {
    name: "a set's annotations",
    path: "/validate",
    body: (bytes) => setReview(statefulSet("demo", {}, {}, { annotations: map(bytes, "a") })),
  },
  {
    name: "a set's owners",
    path: "/validate",
    body: (bytes) => setReview(statefulSet("demo", {}, {}, { ownerReferences: entries(bytes, owner) })),
  },
  {
    name: "both env of an update",
    path: "/validate",
    body: (bytes) => {
      const env = entries(bytes / 2, (index) => ({ name: `V${index}`, value: "v" }));
      const oldObject = statefulSet("demo", app({ env }), { replicas: 2 });
      return setReview(statefulSet("demo", app({ env })), { operation: "UPDATE", oldObject });
    },
  },
];
