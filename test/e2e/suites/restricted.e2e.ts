// Injected pods under strict rules: Pod Security restricted, a quota, a limit range, read-only root file systems,
// Guaranteed pods.
import assert from "node:assert/strict";
import { APP_IMAGE } from "../harness/appImage.ts";
import { makeSpace, type PodStatus, readProcessEnv, type Space, waitUntilReady } from "../harness/space.ts";
import { buildWorkload, RESTRICTED_CONTAINER, RESTRICTED_POD } from "../harness/workload.ts";

const QUOTA = {
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "quota" },
  spec: {
    hard: {
      "requests.cpu": "2",
      "requests.memory": "2Gi",
      "limits.cpu": "3",
      "limits.memory": "3Gi",
      pods: "10",
    },
  },
};

const RANGE = {
  apiVersion: "v1",
  kind: "LimitRange",
  metadata: { name: "range" },
  spec: {
    limits: [
      {
        type: "Container",
        default: { cpu: "300m", memory: "256Mi" },
        defaultRequest: { cpu: "50m", memory: "64Mi" },
        max: { cpu: "1", memory: "1Gi" },
      },
    ],
  },
};

describe("injected pods in a restricted namespace", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("restricted", { "pod-security.kubernetes.io/enforce": "restricted" });
    assert.equal((await space.k.apply([QUOTA, RANGE])).code, 0);
  });
  after(() => space.remove());

  it("run under Pod Security restricted with a read-only root file system, a quota and a limit range", async () => {
    const said = await space.k.apply(
      buildWorkload({
        replicas: 1,
        container: { securityContext: RESTRICTED_CONTAINER },
        pod: RESTRICTED_POD,
      }),
    );
    assert.equal(said.code, 0, said.stderr);
    const pod = await waitUntilReady(space.k, "web-0");
    assert.deepEqual(
      pod.spec.initContainers?.map(({ name }) => name),
      ["rollcall-install", "rollcall-init"],
    );
    assert.equal((await readProcessEnv(space.k, "web-0"))["NODE_ID"], "1");
  });

  it("run if only the application's container sets the required security context", async () => {
    const { fsGroup, ...ofContainer } = RESTRICTED_POD.securityContext;
    const said = await space.k.apply(
      buildWorkload({
        name: "own",
        replicas: 1,
        container: { securityContext: { ...RESTRICTED_CONTAINER, ...ofContainer } },
        // containers cannot set this field
        pod: { securityContext: { fsGroup } },
      }),
    );
    assert.equal(said.code, 0, said.stderr);
    const pod = await waitUntilReady(space.k, "own-0");
    assert.deepEqual(
      pod.spec.initContainers?.map(({ name }) => name),
      ["rollcall-install", "rollcall-init"],
    );
  });

  it("are rejected if a container violates the standard", async () => {
    const { allowPrivilegeEscalation, ...lax } = RESTRICTED_CONTAINER;
    assert.equal(allowPrivilegeEscalation, false);
    const said = await space.k.apply([
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "lax" },
        spec: {
          ...RESTRICTED_POD,
          initContainers: [{ name: "lax", image: APP_IMAGE, securityContext: lax }],
          containers: [{ name: "app", image: APP_IMAGE, securityContext: RESTRICTED_CONTAINER }],
        },
      },
    ]);
    assert.notEqual(said.code, 0, "the namespace does not enforce what this suite is about");
    assert.match(said.stderr, /violates PodSecurity "restricted:/);
  });

  it("keep the QoS class Guaranteed", async () => {
    const resources = {
      requests: { cpu: "100m", memory: "128Mi" },
      limits: { cpu: "100m", memory: "128Mi" },
    };
    const said = await space.k.apply(
      buildWorkload({
        name: "sure",
        replicas: 1,
        container: { securityContext: RESTRICTED_CONTAINER, resources },
        pod: RESTRICTED_POD,
      }),
    );
    assert.equal(said.code, 0, said.stderr);
    const pod: PodStatus = await waitUntilReady(space.k, "sure-0");
    assert.equal(pod.status.qosClass, "Guaranteed");
  });
});
