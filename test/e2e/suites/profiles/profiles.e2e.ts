// RollcallProfiles on a real API server with both replicas of the webhook: what kubectl prints, what is rejected at
// apply, how soon an edit is active, and that a profile in use cannot be deleted.
import assert from "node:assert/strict";
import { openClusterApi } from "../../harness/api.ts";
import { waitUntilPasses } from "../../harness/eventually.ts";
import {
  buildGenericProfile,
  readActivationTimes,
  readGeneration,
  waitForReadyCondition,
} from "../../harness/profiles.ts";
import { makeSpace, type Space } from "../../harness/space.ts";
import { buildWorkload } from "../../harness/workload.ts";

const STEP = { name: "a", scope: "Pod", run: ["true"], verify: ["true"] };
const LEAVE = { run: ["true"], verify: ["true"] };

/** An invalid profile and the expected message. */
const BAD: Readonly<Record<string, readonly [document: object, says: RegExp]>> = {
  "of an unknown type": [
    buildGenericProfile("bad", {}, { type: "Cassandra" }),
    /spec\.type: Unsupported value: "Cassandra"/,
  ],
  "of a type whose member is missing": [
    buildGenericProfile("bad", {}, { type: "Otobo" }),
    /otobo is required when type is Otobo/,
  ],
  "without scaleDown": [
    buildGenericProfile("bad", { scaleDown: undefined }),
    /spec\.generic\.scaleDown: Required value/,
  ],
  "without a minimum": [
    buildGenericProfile("bad", { scaleDown: { policy: "Drained", leave: LEAVE } }),
    /minReplicas is required if policy is Drained or Managed/,
  ],
  "with a misspelled field": [
    buildGenericProfile("bad", { scaledown: { policy: "Deny" } }),
    /unknown field "spec\.generic\.scaledown"/,
  ],
  "with a step without a scope": [
    buildGenericProfile("bad", { markers: { volume: "data" }, steps: [{ ...STEP, scope: undefined }] }),
    /spec\.generic\.steps\[0\]\.scope: Required value/,
  ],
  "with numbers that no pod could get": [
    buildGenericProfile("bad", { nodeID: { base: 5, max: 4 } }),
    /RC160 profile-invalid: .*spec\.generic\.nodeID: base 5 is above max 4/s,
  ],
  "with an unknown placeholder": [
    buildGenericProfile("bad", { env: [{ name: "A", value: "{podname}" }] }),
    /RC160 .*spec\.generic\.env\[0\]\.value: unknown placeholder \{podname\}/s,
  ],
  "with steps and no place for their markers": [
    buildGenericProfile("bad", { steps: [STEP] }),
    /RC160 .*spec\.generic\.steps: steps require markers/s,
  ],
  "with a way to leave that no pod takes": [
    buildGenericProfile("bad", {
      markers: { volume: "data" },
      scaleDown: { policy: "Allow", leave: LEAVE },
    }),
    /RC160 .*spec\.generic\.scaleDown\.leave: with policy Allow pods do not leave/s,
  ],
  "with numbers of another profile in its pool": [
    buildGenericProfile("bad", { nodeID: { base: 3, max: 9, pool: "e2e" } }),
    /RC161 profile-conflict: .*overlap .* of profile pooled in pool e2e/,
  ],
};

const EDITS = 8;

/** An edit is active on all replicas within this time. */
const SOON_MS = 1_000;

describe("a RollcallProfile", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("profiles");
    assert.equal(
      (await space.all.apply([buildGenericProfile("swift"), buildGenericProfile("used")])).code,
      0,
    );
  });
  after(async () => {
    await space.remove();
    await waitUntilPasses(() =>
      space.all.run(["delete", "rollcallprofile", "swift", "used", "--ignore-not-found", "--wait=false"]),
    );
  });

  it("is documented in kubectl explain, and listed with its type, mode and condition", async () => {
    assert.match(await space.all.run(["explain", "rcp.spec.otobo"]), /OTOBO without a shared file system/);
    assert.match(await space.all.run(["explain", "rcp.spec.generic.scaleDown"]), /minReplicas\s+<integer>/);
    const { status, reason } = await waitForReadyCondition(space.all, "swift");
    assert.deepEqual([status, reason], ["True", "Active"]);
    assert.match(
      await space.all.run(["get", "rcp", "swift"]),
      /^NAME +TYPE +MODE +READY +REASON +AGE *\nswift +Generic +Enforce +True +Active /,
    );
  });

  for (const [what, [document, says]] of Object.entries(BAD)) {
    it(`is rejected at apply: ${what}`, async () => {
      const said = await space.all.apply([document]);
      assert.notEqual(said.code, 0);
      assert.match(said.stderr, says);
      const there = await space.all.try(["get", "rollcallprofile", "bad"]);
      assert.match(there.stderr, /not found/);
    });
  }

  it("is active on both replicas within a second of an edit, and no pod is denied in the meantime", async () => {
    const stop = new AbortController();
    const admitted = admitPods(space, stop.signal);
    let slowest = 0;
    for (let edit = 1; edit <= EDITS; edit += 1) {
      const env = [{ name: "EDIT", value: String(edit) }];
      assert.equal((await space.all.apply([buildGenericProfile("swift", { env })])).code, 0);
      const applied = Date.now();
      const generation = await readGeneration(space.all, "swift");
      const since = await waitUntilPasses(async () => {
        const found = await readActivationTimes(space.all, "swift", generation);
        assert.equal(found.size, 2, JSON.stringify([...found]));
        return found;
      });
      slowest = Math.max(slowest, ...[...since.values()].map((time) => time - applied));
    }
    stop.abort();
    const { count, refused } = await admitted;
    console.log(
      `      ${count} admissions; the slowest of ${EDITS} edits was active ${slowest} ms after kubectl apply`,
    );
    assert.deepEqual(refused, []);
    assert.ok(slowest < SOON_MS, `${slowest} ms`);
  });

  it("can be applied together with the first workload that uses it", async () => {
    const namespace = space.name;
    const documents = buildWorkload({ name: "breath", profile: "breath", replicas: 0 }).map((each) => ({
      ...each,
      metadata: { ...(each["metadata"] as object), namespace },
    }));
    const said = await space.all.apply([buildGenericProfile("breath"), ...documents]);
    assert.equal(said.code, 0, said.stderr);
    assert.match(said.stderr, /RC118 understood: StatefulSet breath, profile breath/);
    await space.k.run(["delete", "statefulset", "breath"]);
    await space.all.run(["delete", "rollcallprofile", "breath"]);
  });

  it("can neither be deleted nor taken from a namespace while it is used, and the denial names its users", async () => {
    assert.equal((await space.k.apply(buildWorkload({ name: "web", profile: "used", replicas: 0 }))).code, 0);
    const deleted = await space.all.try(["delete", "rollcallprofile", "used"]);
    assert.equal(deleted.code, 1);
    assert.match(
      deleted.stderr,
      new RegExp(
        `"profiles\\.validate\\.rollcall\\.dev" denied the request: rollcall RC162 .*StatefulSet ${space.name}/web still uses it`,
      ),
    );
    const narrowed = await space.all.apply([buildGenericProfile("used", {}, { namespaces: ["elsewhere"] })]);
    assert.match(narrowed.stderr, new RegExp(`RC162 .*StatefulSet ${space.name}/web still uses it`));
    const changed = await space.all.apply([buildGenericProfile("used", { nodeID: { base: 3, max: 99 } })]);
    assert.equal(changed.code, 0, changed.stderr);
    assert.match(
      changed.stderr,
      new RegExp(`Warning: .*RC163 .*the numbers of profile used .*${space.name}/web`),
    );
    await space.k.run(["delete", "statefulset", "web"]);
    await space.all.run(["delete", "rollcallprofile", "used"]);
  });
});

/** Creates a pod as a dry run twenty times a second, as the StatefulSet controller does. */
async function admitPods(
  space: Space,
  stop: AbortSignal,
): Promise<{ count: number; refused: readonly string[] }> {
  const api = await openClusterApi(space.access.kubeconfig, "system:masters");
  const body = JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "web-0",
      labels: { app: "web", "rollcall.dev/profile": "swift", "apps.kubernetes.io/pod-index": "0" },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "StatefulSet",
          name: "web",
          uid: "11111111-1111-4111-8111-111111111111",
          controller: true,
        },
      ],
    },
    spec: { subdomain: "web", containers: [{ name: "app", image: "registry.test/app:1" }] },
  });
  const refused: string[] = [];
  const sent: Promise<void>[] = [];
  const began = performance.now();
  for (let count = 0; !stop.aborted; count += 1) {
    const due = began + count * 50;
    await new Promise((done) => setTimeout(done, Math.max(0, due - performance.now())));
    const call = {
      user: "system:serviceaccount:kube-system:statefulset-controller",
      method: "POST",
      path: `/api/v1/namespaces/${space.name}/pods?dryRun=All`,
      body,
    } as const;
    sent.push(
      api(call).then(({ status, text }) => {
        if (status !== 201 || !text.includes('"NODE_ID"')) refused.push(`${status} ${text.slice(0, 300)}`);
      }),
    );
  }
  await Promise.all(sent);
  return { count: sent.length, refused };
}
