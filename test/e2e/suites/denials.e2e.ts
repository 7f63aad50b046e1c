// Denials as users see them, in kubectl's output.
import assert from "node:assert/strict";
import { APP_IMAGE } from "../harness/appImage.ts";
import { waitUntilPasses } from "../harness/eventually.ts";
import { makeSpace, type Space } from "../harness/space.ts";
import { buildWorkload } from "../harness/workload.ts";

describe("denials", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("denials");
  });
  after(() => space.remove());

  it("explain why a labelled pod without a StatefulSet is denied", async () => {
    const said = await space.k.try([
      "run",
      "lone",
      `--image=${APP_IMAGE}`,
      "--labels=rollcall.dev/profile=demo",
    ]);
    assert.equal(said.code, 1);
    assert.match(said.stderr, /Error from server \(Forbidden\)/);
    assert.match(
      said.stderr,
      /pods\.mutate\.rollcall\.dev.*RC103 not-a-statefulset-pod: .*a bare pod, or restored from a backup.*Use a StatefulSet/,
    );
  });

  it("reach the owner of a Deployment as an Event of its ReplicaSet", async () => {
    const labels = { app: "d", "rollcall.dev/profile": "demo" };
    const spec = {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "app", image: APP_IMAGE }] } },
    };
    await space.k.apply([{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec }]);
    await waitUntilPasses(async () => {
      const { items } = await space.k.json<{ items: { message: string }[] }>(["get", "events"]);
      assert.ok(
        items.some(
          ({ message }) =>
            message.includes("RC103") && message.includes("its controller is a ReplicaSet of apps/v1"),
        ),
      );
    });
  });

  for (const dry of [[], ["--dry-run=server"]] as const) {
    it(`are printed by kubectl apply ${dry.join("")}`, async () => {
      const [, set] = buildWorkload({ profile: "dmeo" });
      const said = await space.k.try(["create", ...dry, "-f", "-"], JSON.stringify(set));
      assert.equal(said.code, 1);
      assert.match(
        said.stderr,
        /statefulsets\.validate\.rollcall\.dev.*RC101 profile-not-found: .*profile "dmeo" does not exist[.] .*namespace e2e-denials-\S+ may use: .*demo, /,
      );
    });
  }

  it("name both values if the application sets its own number", async () => {
    const [, set] = buildWorkload({ container: { env: [{ name: "NODE_ID", value: "7" }] } });
    const said = await space.k.try(["create", "-f", "-"], JSON.stringify(set));
    assert.match(
      said.stderr,
      /RC106 node-id-conflict: .*container app sets NODE_ID to "7", but this pod's number is 1/,
    );
  });

  it("name the maximum number of replicas of a profile", async () => {
    const [, set] = buildWorkload({ profile: "small", replicas: 3 });
    const said = await space.k.try(["create", "-f", "-"], JSON.stringify(set));
    assert.match(
      said.stderr,
      /RC105 .*pod web-2 would get NODE_ID 3, but profile small allows 1\.\.2: ordinals 0\.\.1/,
    );
  });

  it("name the other StatefulSet of a pool", async () => {
    const first = await space.k.apply(buildWorkload({ name: "first", profile: "pooled", replicas: 0 }));
    assert.equal(first.code, 0, first.stderr);
    const [, set] = buildWorkload({ name: "second", profile: "pooled", replicas: 0 });
    const said = await space.k.try(["create", "-f", "-"], JSON.stringify(set));
    assert.match(
      said.stderr,
      new RegExp(
        `RC120 pool-conflict: .*StatefulSet ${space.name}/first \\(profile pooled\\) has numbers of 1\\.\\.5 in pool e2e`,
      ),
    );
    const again = await space.k.try([
      "patch",
      "statefulset",
      "first",
      "--type=merge",
      "-p",
      '{"spec":{"replicas":1}}',
    ]);
    assert.equal(again.code, 0, again.stderr);
  });

  it("name a pod that a deleted StatefulSet of a pool has left, until it is gone", async () => {
    const [, set] = buildWorkload({ name: "third", profile: "pooled", replicas: 0 });
    const create = () => space.k.try(["create", "-f", "-"], JSON.stringify(set));
    await waitUntilPasses(() => space.k.json(["get", "pod", "first-0"]));
    await space.k.run(["delete", "statefulset", "first", "--cascade=orphan"]);
    const said = await create();
    assert.match(said.stderr, /RC120 pool-conflict: .*pod \S+\/first-0 of the deleted StatefulSet first/);
    await space.k.run(["delete", "pod", "first-0", "--wait=true"]);
    await waitUntilPasses(async () => {
      const now = await create();
      assert.equal(now.code, 0, now.stderr);
    });
  });

  it("are warnings in mode Warn, and the object is stored without injection", async () => {
    const said = await space.k.apply(buildWorkload({ name: "watched", profile: "watched", replicas: 3 }));
    assert.equal(said.code, 0, said.stderr);
    assert.match(said.stderr, /Warning: rollcall RC117 warn-mode: would deny: rollcall RC105/);
    await waitUntilPasses(async () => {
      const pod = await space.k.json<{ spec: { containers: { env?: unknown }[] } }>([
        "get",
        "pod",
        "watched-2",
      ]);
      assert.equal(pod.spec.containers[0]?.env, undefined);
    });
    // the controller that creates the pods shows its warnings to no one
    await waitUntilPasses(async () => {
      const described = await space.k.run(["describe", "statefulset", "watched"]);
      assert.match(
        described,
        /Warning +WouldDeny .* rollcall +rollcall RC117 warn-mode: would deny: rollcall RC105/,
      );
    });
  });

  it("are counted at /metrics, without user names", async () => {
    // the proxy reaches either replica, and a new one may not have answered any request
    const seen: string[] = [];
    await waitUntilPasses(async () => {
      const metrics = await space.all.run([
        "get",
        "--raw",
        "/api/v1/namespaces/rollcall-system/services/https:rollcall:443/proxy/metrics",
      ]);
      seen.push(metrics);
      assert.match(metrics, /^rollcall_certificate_expiry_timestamp_seconds [1-9]/m);
      assert.match(metrics, /^rollcall_profiles\{state="active"\} [1-9]/m);
      assert.match(metrics, /^rollcall_admission_reviews_total\{path="\/(mutate|validate)",.*\} [1-9]/m);
    });
    assert.ok(!seen.some((metrics) => metrics.includes(space.name)));
  });

  it("do not concern unlabelled StatefulSets", async () => {
    const said = await space.k.apply(buildWorkload({ profile: null, replicas: 1 }));
    assert.equal(said.code, 0);
    assert.equal(said.stderr, "");
  });
});
