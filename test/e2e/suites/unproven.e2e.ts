// A step whose verify fails: no marker, a clear message in kubectl describe, retried until it is verified.
import assert from "node:assert/strict";
import { APP_IMAGE } from "../harness/appImage.ts";
import { waitUntilPasses } from "../harness/eventually.ts";
import { makeSpace, type PodStatus, type Space, waitUntilReady } from "../harness/space.ts";
import { buildWorkload } from "../harness/workload.ts";

describe("a step that cannot be verified yet", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("unproven");
    const said = await space.k.apply(buildWorkload({ profile: "unproven", replicas: 1 }));
    assert.equal(said.code, 0, said.stderr);
  });
  after(() => space.remove());

  const initStatus = async () => {
    const pod = await space.k.json<PodStatus>(["get", "pod", "web-0"]);
    return pod.status.initContainerStatuses?.find(({ name }) => name === "rollcall-init");
  };

  it("is reported in the termination message and retried by the kubelet", async () => {
    const status = await waitUntilPasses(async () => {
      const seen = await initStatus();
      assert.ok((seen?.restartCount ?? 0) >= 1, JSON.stringify(seen));
      return seen;
    });
    const { terminated = status?.state.terminated } = status?.lastState ?? {};
    assert.equal(terminated?.exitCode, 1);
    assert.match(
      terminated?.message ?? "",
      /^RC206 step-not-verified: step wait-for-it: run exited 0, but verify \[test -e \/data\/allowed\] exited 1/,
    );
    assert.match(await space.k.run(["describe", "pod", "web-0"]), /RC206 step-not-verified/);
  });

  it("leaves no marker, and completes once it can be verified", async () => {
    const probe = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "probe" },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: "app",
            image: APP_IMAGE,
            command: ["sleep", "100000"],
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data-web-0" } }],
      },
    };
    await space.k.apply([probe]);
    await waitUntilReady(space.k, "probe");
    const there = await space.k.run(["exec", "probe", "--", "ls", "/data/.rollcall"]);
    // a runner that probes the volume has a file of its own there
    assert.ok(!there.split("\n").includes("web-0.json"), there);
    await space.k.run(["exec", "probe", "--", "touch", "/data/allowed"]);
    await waitUntilReady(space.k, "web-0");
    const marked = await space.k.run(["exec", "probe", "--", "ls", "/data/.rollcall"]);
    assert.equal(marked.trim(), "web-0.json");
  });
});
