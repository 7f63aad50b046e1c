// A limit of ephemeral storage that is smaller than the runner's copy: a pod with the earlier resources of
// rollcall-install is evicted, and one with the current resources runs. Both run side by side.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { waitUntilPasses } from "../harness/eventually.ts";
import { makeSpace, type Space, waitUntilReady } from "../harness/space.ts";
import { buildWorkload } from "../harness/workload.ts";

const LIMIT = { requests: { "ephemeral-storage": "50Mi" }, limits: { "ephemeral-storage": "100Mi" } };

/** The resources of rollcall-install up to commit b3e904f. */
const BEFORE = { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "1", memory: "128Mi" } };

/** The kubelet measures every 10 seconds (pkg/kubelet/eviction, monitoringInterval). */
const MEASURED_MS = 35_000;

interface Container {
  name: string;
  resources: { requests?: Record<string, string>; limits?: Record<string, string> };
  env?: { name: string }[];
}

interface StoredClaimSet {
  metadata: { uid: string };
  spec: Record<string, unknown> & {
    containers: Container[];
    initContainers: Container[];
    volumes: { name: string; persistentVolumeClaim?: unknown }[];
  };
}

describe("pods with an ephemeral-storage limit below the size of the runner's copy", function () {
  this.timeout(900_000);
  let space: Space;
  before(async () => {
    space = await makeSpace("storage");
  });
  after(() => space.remove());

  const stored = (name: string) => space.k.json<StoredClaimSet>(["get", "pod", name]);

  const listEvictions = async (name: string): Promise<string[]> => {
    const words = ["get", "events", `--field-selector=reason=Evicted,involvedObject.name=${name}`];
    const { items } = await space.k.json<{ items: { message: string }[] }>(words);
    return items.map(({ message }) => message);
  };

  it("run with a raised limit, which a warning reports at apply, and are evicted without it", async () => {
    const said = await space.k.apply(buildWorkload({ replicas: 1, container: { resources: LIMIT } }));
    assert.equal(said.code, 0, said.stderr);
    assert.match(
      said.stderr,
      /Warning: rollcall RC134 ephemeral-storage-raised: the containers' ephemeral-storage limits are 100Mi in total, .*rollcall-install gets a limit of 228Mi/,
    );
    await waitUntilReady(space.k, "web-0");
    const pod = await stored("web-0");
    const install = pod.spec.initContainers.find(({ name }) => name === "rollcall-install");
    assert.deepEqual(install?.resources, {
      requests: { "ephemeral-storage": "178Mi" },
      limits: { "ephemeral-storage": "228Mi" },
    });
    const [taken = "0"] = (
      await space.k.run(["exec", "web-0", "-c", "app", "--", "busybox", "du", "-sk", "/rollcall"])
    ).split(/\s/);
    assert.ok(Number(taken) > 100 * 1024, `the copy takes ${taken} KiB`);

    assert.equal((await space.k.apply([asBefore(pod)])).code, 0);
    await waitUntilPasses(async () => {
      const evicted = await listEvictions("old-0");
      assert.ok(
        evicted.some((message) =>
          /ephemeral local storage usage exceeds the total limit .*100Mi/.test(message),
        ),
        `old-0 was not evicted: ${evicted.join("; ")}`,
      );
    }, 300);

    await pause(MEASURED_MS);
    await waitUntilReady(space.k, "web-0");
    assert.deepEqual(await listEvictions("web-0"), []);
    assert.equal((await stored("web-0")).metadata.uid, pod.metadata.uid);
  });
});

/**
 * A StatefulSet without webhooks. Its pod equals the injected one, except for the resources of rollcall-install, and
 * for the variables with the pod's identity, by which the runner would notice that the plan belongs to another pod.
 */
function asBefore({ spec }: StoredClaimSet): Record<string, unknown> {
  const { nodeName: _node, hostname: _hostname, subdomain: _subdomain, ...rest } = spec;
  const told = ["ROLLCALL_POD_NAME", "ROLLCALL_POD_NAMESPACE"];
  const initContainers = spec.initContainers.map((each) => ({
    ...each,
    ...(each.name === "rollcall-install" ? { resources: BEFORE } : {}),
    ...(each.env === undefined ? {} : { env: each.env.filter(({ name }) => !told.includes(name)) }),
  }));
  const volumes = spec.volumes.filter(({ persistentVolumeClaim }) => persistentVolumeClaim === undefined);
  const labels = { app: "old" };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "old" },
    spec: {
      replicas: 1,
      serviceName: "web",
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { ...rest, initContainers, volumes } },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "16Mi" } } },
        },
      ],
    },
  };
}
