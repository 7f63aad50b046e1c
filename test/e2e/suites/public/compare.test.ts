// The comparison in compare.ts ignores only what the API server and the controller add.
import assert from "node:assert/strict";
import { compare } from "./compare.ts";

const mounts = [{ name: "data", mountPath: "/data" }];
const serializePlan = (revision: string, pod = "web-0"): string => JSON.stringify({ pod, revision });

const RENDERED = {
  metadata: {
    name: "web-0",
    labels: { "controller-revision-hash": "web-ours" },
    ownerReferences: [{ kind: "StatefulSet", name: "web", uid: "0" }],
  },
  spec: {
    containers: [
      { name: "app", image: "app:1", env: [{ name: "A", value: "1" }, { name: "B" }], volumeMounts: mounts },
      { name: "side", image: "side:1", env: [{ name: "ROLLCALL_PLAN", value: serializePlan("web-ours") }] },
    ],
    volumes: [
      { name: "data", persistentVolumeClaim: { claimName: "data-web-0" } },
      { name: "log", persistentVolumeClaim: { claimName: "log-web-0" } },
      { name: "tmp", emptyDir: {} },
    ],
  },
};

type StoredObject = ReturnType<typeof stored>;

/** The pod as a cluster would store it. */
function stored() {
  const token = { name: "kube-api-access-x2b4c", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" };
  const [app, side] = structuredClone(RENDERED.spec.containers);
  const [data, log, tmp] = structuredClone(RENDERED.spec.volumes);
  return {
    metadata: {
      ...structuredClone(RENDERED.metadata),
      uid: "1",
      labels: { "controller-revision-hash": "web-1" },
    },
    spec: {
      containers: [
        {
          ...app,
          imagePullPolicy: "IfNotPresent",
          volumeMounts: [...(app?.volumeMounts ?? []), token] as unknown[],
        },
        { ...side, env: [{ name: "ROLLCALL_PLAN", value: serializePlan("web-1") }], volumeMounts: [token] },
      ],
      volumes: [log, data, tmp, { name: token.name, projected: {} }] as unknown[],
      tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists", tolerationSeconds: 300 }],
      nodeName: "node",
    } as Record<string, unknown> & { containers: Record<string, unknown>[]; volumes: unknown[] },
    status: {},
  };
}

const CHANGES: Readonly<Record<string, (pod: StoredObject) => unknown>> = {
  "another image": ({ spec }) => Object.assign(spec.containers[0] ?? {}, { image: "app:2" }),
  "a container less": ({ spec }) => spec.containers.pop(),
  "containers in another order": ({ spec }) => spec.containers.reverse(),
  "an init container more": ({ spec }) => Object.assign(spec, { initContainers: [{ name: "x" }] }),
  "env in another order": ({ spec }) =>
    Object.assign(spec.containers[0] ?? {}, { env: [{ name: "B" }, { name: "A", value: "1" }] }),
  "an env more": ({ spec }) => Object.assign(spec.containers[1] ?? {}, { env: [{ name: "C", value: "1" }] }),
  "another pod's plan": ({ spec }) =>
    Object.assign(spec.containers[1] ?? {}, {
      env: [{ name: "ROLLCALL_PLAN", value: serializePlan("web-1", "web-1") }],
    }),
  "an additional value": ({ spec }) =>
    Object.assign(spec.containers[0] ?? {}, {
      env: [
        { name: "A", value: "1" },
        { name: "B", value: "2" },
      ],
    }),
  "a mount more": ({ spec }) =>
    Object.assign(spec.containers[0] ?? {}, { volumeMounts: [...mounts, { name: "tmp", mountPath: "/t" }] }),
  "no mount": ({ spec }) => Object.assign(spec.containers[0] ?? {}, { volumeMounts: [] }),
  "a volume more": ({ spec }) => spec.volumes.push({ name: "more", emptyDir: {} }),
  "claims behind other volumes": ({ spec }) => spec.volumes.unshift(spec.volumes.splice(2, 1)[0]),
  "a volume of another kind": ({ spec }) => spec.volumes.splice(2, 1, { name: "tmp", hostPath: {} }),
  "another toleration": ({ spec }) => Object.assign(spec, { tolerations: [{ key: "x" }] }),
  "an additional label": ({ metadata }) => Object.assign(metadata.labels, { other: "x" }),
  "a security context": ({ spec }) =>
    Object.assign(spec.containers[0] ?? {}, { securityContext: { privileged: true } }),
};

describe("the comparison of rendered and stored pods", () => {
  it("ignores what the cluster adds to every pod", () => {
    assert.deepEqual(compare(RENDERED, stored()), { wrong: [], added: [] });
  });

  for (const [name, change] of Object.entries(CHANGES)) {
    it(`finds ${name}`, () => {
      const pod = stored();
      change(pod);
      const { wrong, added } = compare(RENDERED, pod);
      assert.ok(wrong.length + added.length > 0, JSON.stringify({ wrong, added }));
    });
  }
});
