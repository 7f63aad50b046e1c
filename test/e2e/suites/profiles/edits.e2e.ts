// No pod creation fails while a profile is edited and the webhook's replicas receive the edit at different times.
import assert from "node:assert/strict";
import { readWebhookLog } from "../../harness/calls.ts";
import { waitUntilPasses } from "../../harness/eventually.ts";
import { makeSpace, type Space } from "../../harness/space.ts";
import { buildWorkload } from "../../harness/workload.ts";

const PROFILE = {
  apiVersion: "rollcall.dev/v1alpha1",
  kind: "RollcallProfile",
  metadata: { name: "edited" },
};

const TRUE = { run: ["true"], verify: ["true"] };
const GENERIC = {
  containers: ["app"],
  nodeID: { base: 1, max: 999 },
  scaleDown: { policy: "Allow" },
};

/**
 * Four versions of the profile, which differ in everything that a pod shows: number, env, steps and their arguments,
 * position, mode.
 */
const VERSIONS = [
  {
    generic: {
      ...GENERIC,
      env: [{ name: "VERSION", value: "one" }],
      markers: { volume: "data" },
      steps: [{ name: "first", scope: "Pod", ...TRUE }],
    },
  },
  {
    runner: { position: { type: "Last" } },
    generic: {
      ...GENERIC,
      env: [
        { name: "VERSION", value: "two" },
        { name: "MORE", value: "{podName}" },
      ],
      markers: { volume: "data", path: "elsewhere" },
      releaseID: "2",
      steps: [
        { name: "first", scope: "Pod", ...TRUE, timeout: "1m" },
        { name: "second", scope: "Pod", ...TRUE },
      ],
    },
  },
  { generic: { ...GENERIC, nodeID: { env: "MEMBER", base: 50, max: 999 } } },
  {
    mode: "Warn",
    runner: { delivery: "ImageVolume" },
    generic: { ...GENERIC, markers: { volume: "data" }, steps: [{ name: "first", scope: "Pod", ...TRUE }] },
  },
];

const EDITS = 3 * VERSIONS.length;

interface StoredProfile {
  metadata: { generation: number };
  spec: { mode: string };
  status?: { conditions?: { type: string; status: string; observedGeneration: number }[] };
}

describe("an edit of a profile that replicas receive at different times", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("edits");
    await edit(0);
  });
  after(async () => {
    await space.remove();
    // it is in use until the namespace is gone
    await waitUntilPasses(() => space.all.run(["delete", "rollcallprofile", "edited", "--ignore-not-found"]));
  });

  const buildDocument = (version: number): object => ({
    ...PROFILE,
    spec: { type: "Generic", namespaces: ["*"], ...VERSIONS[version % VERSIONS.length] },
  });

  /** Applies a version, and waits until the condition is about it. */
  async function edit(version: number): Promise<void> {
    const said = await space.all.apply([buildDocument(version)]);
    assert.equal(said.code, 0, said.stderr);
    await waitUntilPasses(async () => {
      const { metadata, status } = await space.all.json<StoredProfile>(["get", "rollcallprofile", "edited"]);
      const ready = status?.conditions?.find(({ type }) => type === "Ready");
      assert.deepEqual([ready?.status, ready?.observedGeneration], ["True", metadata.generation]);
    });
  }

  /** Recreates all pods as fast as the controller can. They do not run, since no node fits. */
  async function makeAnew(name: string): Promise<void> {
    await space.k.run(["delete", "pods", "-l", `app=${name}`, "--force", "--grace-period=0"]);
    await waitUntilPasses(async () => {
      const pods = await space.k.run(["get", "pods", "-l", `app=${name}`, "-o", "name"]);
      assert.equal(pods.split("\n").filter(Boolean).length, 6);
    });
  }

  it("denies no pod while the replicas disagree", async () => {
    const nowhere = { nodeSelector: { nowhere: "yes" } };
    const applied = await space.k.apply(
      buildWorkload({ name: "web", profile: "edited", replicas: 6, pod: nowhere }),
    );
    assert.equal(applied.code, 0, applied.stderr);
    let rounds = 0;
    let isEdited = false;
    const edits = async (): Promise<void> => {
      for (let version = 1; version <= EDITS; version += 1) {
        await edit(version);
        const before = rounds;
        // the first pod that ends may have been created earlier
        await waitUntilPasses(async () =>
          assert.ok(rounds >= before + 2, `only ${rounds - before} rounds of pods`),
        );
      }
    };
    // also at the moment when a version arrives
    const churn = async (): Promise<void> => {
      for (; !isEdited; rounds += 1) await makeAnew("web");
    };
    const ended = edits().finally(() => {
      isEdited = true;
    });
    await Promise.all([ended, churn()]);
    // from the webhook's log: the API machinery drops many Events of one StatefulSet, and some report other failures of
    // the controller
    const denied = (await readWebhookLog(space.all)).filter(
      ({ namespace, allowed }) => namespace === space.name && allowed === false,
    );
    assert.deepEqual(denied, []);
  });

  it("is rejected at apply with the field if it is invalid, and the profile stays unchanged", async () => {
    const { spec } = await space.all.json<StoredProfile>(["get", "rollcallprofile", "edited"]);
    const overlapping = { ...GENERIC, nodeID: { base: 5, max: 4 } };
    const wrong = { ...PROFILE, spec: { type: "Generic", namespaces: ["*"], generic: overlapping } };
    const said = await space.all.apply([wrong]);
    assert.notEqual(said.code, 0);
    assert.match(said.stderr, /spec\.generic\.nodeID: .*base 5 is above max 4/);
    const { spec: after } = await space.all.json<StoredProfile>(["get", "rollcallprofile", "edited"]);
    assert.deepEqual(after, spec);
    const applied = await space.k.apply(buildWorkload({ name: "meanwhile", profile: "edited", replicas: 0 }));
    assert.match(applied.stderr, /RC118 understood/);
  });
});
