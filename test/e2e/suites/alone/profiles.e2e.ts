// Profiles that are stored while the webhook is down and that it does not accept, and restarts of the webhook, the API
// server and etcd.
import assert from "node:assert/strict";
import { APP_IMAGE } from "../../harness/appImage.ts";
import { TIMEOUT, waitUntilPasses } from "../../harness/eventually.ts";
import { formatDocuments } from "../../harness/kubectl.ts";
import {
  buildGenericProfile,
  patchProfileWebhook,
  readActivationTimes,
  readGeneration,
  waitForReadyCondition,
} from "../../harness/profiles.ts";
import { SYSTEM, scaleWebhook } from "../../harness/rollcall.ts";
import { makeSpace, type Space } from "../../harness/space.ts";
import { buildNodePod, buildWorkload } from "../../harness/workload.ts";

/**
 * How long after the API server's return an edit may take to be active: the longest pause between two attempts, and a
 * list.
 */
const BACK_SECONDS = 30;

describe("profiles during restarts", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("profilesdown", { "pod-security.kubernetes.io/enforce": "privileged" });
    await setFailurePolicy("Ignore");
    await scaleWebhook(space.all, 0);
    const pooled = (name: string): object =>
      buildGenericProfile(name, { nodeID: { base: 1, max: 9, pool: "down" } });
    const apply = async (document: object): Promise<void> => {
      const said = await space.all.apply([document]);
      assert.equal(said.code, 0, said.stderr);
    };
    await apply(buildGenericProfile("well"));
    // the schema of the API server cannot check that
    await apply(buildGenericProfile("wrong", { nodeID: { base: 5, max: 4 } }));
    await apply(pooled("older"));
    // creation times have a resolution of one second
    await new Promise((done) => setTimeout(done, 1_100));
    await apply(pooled("an-younger"));
    await setFailurePolicy("Fail");
    await scaleWebhook(space.all, 2);
  });
  after(async () => {
    await setFailurePolicy("Fail");
    await scaleWebhook(space.all, 2);
    await space.remove();
    await waitUntilPasses(() =>
      space.all.run([
        "delete",
        "rollcallprofile",
        "well",
        "wrong",
        "older",
        "an-younger",
        "--ignore-not-found",
      ]),
    );
  });

  const setFailurePolicy = (policy: "Fail" | "Ignore"): Promise<void> =>
    patchProfileWebhook(space.all, "failurePolicy", policy);

  /** As a dry run: an existing object would not be reviewed. */
  const applySet = (name: string, profile: string) =>
    space.k.try(
      ["apply", "--dry-run=server", "-f", "-"],
      formatDocuments(buildWorkload({ name, profile, replicas: 0 })),
    );

  async function assertVerdicts(): Promise<void> {
    assert.equal((await waitForReadyCondition(space.all, "well")).status, "True");
    const wrong = await waitForReadyCondition(space.all, "wrong");
    assert.deepEqual([wrong.status, wrong.reason], ["False", "Invalid"]);
    assert.match(wrong.message, /spec\.generic\.nodeID: base 5 is above max 4/);
    assert.equal((await waitForReadyCondition(space.all, "older")).status, "True");
    const younger = await waitForReadyCondition(space.all, "an-younger");
    assert.deepEqual([younger.status, younger.reason], ["False", "Conflict"]);
    assert.match(younger.message, /overlap .* of profile older in pool down/);
    const said = await applySet("well", "well");
    assert.match(said.stderr, /RC118 understood/);
    const denied = await applySet("wrong", "wrong");
    assert.equal(denied.code, 1);
    assert.match(
      denied.stderr,
      /RC138 profile-not-active: .*kubectl describe rcp wrong.*base 5 is above max 4/s,
    );
  }

  it("affect only their own workloads if they are invalid or conflict with an older one", assertVerdicts);

  it("still affect only their own workloads after a restart of the webhook", async () => {
    await space.all.run(["-n", SYSTEM, "rollout", "restart", "deployment/rollcall"]);
    await space.all.run(["-n", SYSTEM, "rollout", "status", "deployment/rollcall", TIMEOUT]);
    await assertVerdicts();
  });

  it("become active as soon as they are corrected", async () => {
    assert.equal((await space.all.apply([buildGenericProfile("wrong")])).code, 0);
    const said = await applySet("wrong", "wrong");
    assert.match(said.stderr, /RC118 understood/);
    assert.equal((await waitForReadyCondition(space.all, "wrong")).status, "True");
  });

  it("become active when the older profile gives up its numbers", async () => {
    const elsewhere = { nodeID: { base: 100, max: 109, pool: "down" } };
    assert.equal((await space.all.apply([buildGenericProfile("older", elsewhere)])).code, 0);
    await waitUntilPasses(async () =>
      assert.equal((await waitForReadyCondition(space.all, "an-younger")).status, "True"),
    );
  });

  for (const program of ["kube-apiserver", "etcd"]) {
    it(`are watched again after a restart of ${program}`, async () => {
      await killOnNode(space, program);
      const env = [{ name: "AFTER", value: program }];
      await waitUntilPasses(async () =>
        assert.equal((await space.all.apply([buildGenericProfile("well", { env })])).code, 0),
      );
      const applied = Date.now();
      const generation = await readGeneration(space.all, "well");
      await waitUntilPasses(async () => {
        const since = await readActivationTimes(space.all, "well", generation);
        assert.equal(since.size, 2);
        console.log(`      active ${Math.max(...since.values()) - applied} ms after kubectl apply`);
      }, BACK_SECONDS);
      assert.match((await applySet("well", "well")).stderr, /RC118 understood/);
    });
  }
});

/** Ends a program of the control plane, which the kubelet restarts; resolves when the API server answers. */
async function killOnNode(space: Space, program: string): Promise<void> {
  const name = `kill-${program}`;
  const script = `pid=$(pidof ${program}) && kill $pid && while kill -0 $pid 2>/dev/null; do sleep 0.1; done`;
  const said = await space.k.apply([buildNodePod(name, APP_IMAGE, ["sh", "-c", script])]);
  assert.equal(said.code, 0, said.stderr);
  await waitUntilPasses(async () => {
    const pod = await space.k.json<{ status: { phase: string } }>(["get", "pod", name]);
    assert.equal(pod.status.phase, "Succeeded");
  });
}
