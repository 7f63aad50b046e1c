// The example on a real cluster, with stand-ins for its images, scaled from 1 to 3 to 2 replicas.
import assert from "node:assert/strict";
import { RECORD_ANNOTATION, recordLease, type WorkloadRecord } from "../../../../init/contract/record.ts";
import { TIMEOUT, waitUntilPasses } from "../../harness/eventually.ts";
import { assertDenied, assertPassed } from "../../harness/guarded.ts";
import { createKubectl, readClusterAccess } from "../../harness/kubectl.ts";
import { makeSpace, type PodStatus, type Space, waitUntilReady } from "../../harness/space.ts";
import { listLockHolders, openDatabase } from "./database.ts";
import { assertProfile, type Example, renderExample } from "./documents.ts";
import { loadOtoboImages } from "./images.ts";

describe("the example of OTOBO", () => {
  let space: Space;
  let applied: Example;
  let database: ReturnType<typeof openDatabase>;
  before(async () => {
    await assertProfile();
    await loadOtoboImages();
    applied = await renderExample(createKubectl(readClusterAccess()));
    // the profile names the Services in the namespace of the example
    const { name, labels } = applied.namespace;
    space = await makeSpace("otobo", labels, name);
    database = openDatabase(space.k);
    assertPassed(await space.k.apply(applied.all));
    await waitUntilReady(space.k, "mariadb-0");
    await waitUntilReady(space.k, "otobo-0");
  });
  after(() => space?.remove());

  const scale = (replicas: number) => space.k.try(["scale", "statefulset/otobo", `--replicas=${replicas}`]);
  const readNodeIds = async (pod: string): Promise<(string | undefined)[]> => {
    const { spec } = await space.k.json<PodStatus>(["get", "pod", pod]);
    return spec.containers.map(({ env }) => env?.find(({ name }) => name === "OTOBO_NODE_ID")?.value);
  };
  /** The pods to which the Service sends requests. */
  const served = async (): Promise<string[]> => {
    const words = ["get", "endpointslices", "-l", "kubernetes.io/service-name=otobo"];
    const { items } = await space.k.json<{ items: Slice[] }>(words);
    const ready = items.flatMap(({ endpoints }) => endpoints ?? []).filter((each) => each.conditions.ready);
    return ready.map(({ targetRef }) => targetRef.name).sort();
  };

  it("starts one pod, whose release steps run once", async () => {
    assert.deepEqual(await readNodeIds("otobo-0"), ["1", "1"]);
    await waitUntilPasses(async () => assert.deepEqual(await served(), ["otobo-0"]));
    await waitUntilPasses(async () => assert.deepEqual(listLockHolders(await database.state()), [0, 0, 1]));
    assert.deepEqual(rebuilds((await database.state()).ran), ["1 Maint::Config::Rebuild"]);
  });

  it("denies a second StatefulSet on the same database whose numbers overlap", async () => {
    const said = await space.k.apply([
      { ...applied.set, metadata: { ...applied.set.metadata, name: "otobo-too" } },
    ]);
    assertDenied(said, "RC120");
    assert.match(
      said.stderr,
      /StatefulSet rollcall-otobo\/otobo \(profile helpdesk\) has numbers of 1\.\.20/,
    );
    assert.notEqual((await space.k.try(["get", "statefulset", "otobo-too"])).code, 0);
  });

  it("sends no requests to a pod with an open installer, and starts no web server in a new one", async () => {
    await database.deploy(0);
    assertPassed(await scale(3));
    for (const pod of ["otobo-1", "otobo-2"]) {
      await waitUntilPasses(async () => {
        const { status } = await space.k.json<PodStatus>(["get", "pod", pod]);
        const init = status.initContainerStatuses?.find(({ name }) => name === "rollcall-init");
        const told = init?.state.terminated ?? init?.lastState.terminated;
        assert.match(told?.message ?? "", /step gate.*SecureMode is not 1, so installer\.pl would be open/s);
        assert.equal(told?.exitCode, 1);
        assert.equal(status.phase, "Pending");
      });
    }
    // it has got its settings through S3, by OTOBO's own means
    await waitUntilPasses(async () => assert.deepEqual(await served(), []));
  });

  it("scales to three pods once the settings are right: NodeIDs 1, 2 and 3, a daemon in each, release steps not repeated", async () => {
    await database.deploy(1);
    for (const pod of ["otobo-0", "otobo-1", "otobo-2"]) await waitUntilReady(space.k, pod);
    for (const ordinal of [0, 1, 2]) {
      assert.deepEqual(await readNodeIds(`otobo-${ordinal}`), [String(ordinal + 1), String(ordinal + 1)]);
    }
    await waitUntilPasses(async () => assert.deepEqual(await served(), ["otobo-0", "otobo-1", "otobo-2"]));
    await waitUntilPasses(async () => assert.deepEqual(listLockHolders(await database.state()), [1, 2, 3]));
    assert.deepEqual(rebuilds((await database.state()).ran), ["1 Maint::Config::Rebuild"]);
  });

  it("scales to two pods: the one that leaves releases only its own future tasks, long before its grace period ends", async () => {
    const began = performance.now();
    assertPassed(await scale(2));
    await space.k.run(["wait", "--for=delete", "pod/otobo-2", TIMEOUT]);
    const seconds = (performance.now() - began) / 1000;
    console.log(`      otobo-2 was gone after ${seconds.toFixed(0)} s`);
    await waitUntilPasses(async () => assert.deepEqual(listLockHolders(await database.state()), [0, 1, 2]));
    const { metadata } = await space.k.json<Lease>(["get", "lease", recordLease("otobo")]);
    const { tombstones } = JSON.parse(metadata.annotations[RECORD_ANNOTATION] ?? "") as WorkloadRecord;
    assert.equal(tombstones["otobo-2"]?.finished, true);
    await waitUntilPasses(async () => assert.deepEqual(await served(), ["otobo-0", "otobo-1"]));
    assert.ok(seconds < 120, `the web's process 1 has heard no SIGTERM: ${seconds} s`);
  });
});

interface Slice {
  endpoints?: { conditions: { ready?: boolean }; targetRef: { name: string } }[];
}

interface Lease {
  metadata: { annotations: { [name: string]: string } };
}

const rebuilds = (ran: readonly string[]): string[] => ran.filter((line) => line.endsWith("Config::Rebuild"));
