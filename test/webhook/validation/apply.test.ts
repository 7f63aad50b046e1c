// The validation of a StatefulSet at apply, by its simulated pods.
import assert from "node:assert/strict";
import { renderGenericYaml } from "../../profileYaml.ts";
import { ASK_PROFILES, ask, buildAppliedSet, expectDenial, expectWarnings } from "./ask.ts";

const S3 = 's3: {endpoint: "http://s3.test", bucket: boot, usedBy: [Runner]}';
const leaving = (policy: string, timeout: string): string =>
  `scaleDown: {policy: ${policy}, minReplicas: 1, leave: {run: [go], verify: [gone], timeout: ${timeout}}}`;

const AT = "2026-01-01T00:00:00.000Z";

describe("the validation at apply", () => {
  it("summarizes the pods in one line", async () => {
    const answer = await ask(buildAppliedSet({}));
    assert.deepEqual(answer.warnings, [
      "rollcall RC118 understood: StatefulSet web, profile demo: pods web-0..web-2, NODE_ID 1..3 in app; no steps; scaleDown.policy Allow",
    ]);
    assert.match(
      expectWarnings(await ask(buildAppliedSet({ replicas: 1, start: 3 }))),
      /pods web-3, NODE_ID 4 in app/,
    );
    assert.match(expectWarnings(await ask(buildAppliedSet({ replicas: 0 }))), /no pods yet/);
  });

  it("denies what its pods would be denied for", async () => {
    assert.match(expectDenial(await ask(buildAppliedSet({ profile: "dmeo" }))), /RC101/);
    assert.match(
      expectDenial(await ask(buildAppliedSet({ replicas: 5 }))),
      /RC105 .*pod web-4 would get NODE_ID 5, .* 1\.\.4: ordinals 0\.\.3/,
    );
    assert.match(
      expectDenial(await ask(buildAppliedSet({ env: [{ name: "NODE_ID", value: "9" }] }))),
      /RC106/,
    );
    assert.match(expectDenial(await ask({ spec: 1 })), /RC113/);
  });

  it("warns instead of denying in mode Warn", async () => {
    assert.match(
      expectWarnings(await ask(buildAppliedSet({ profile: "watched" }))),
      /RC117 warn-mode: would deny: rollcall RC102/,
    );
  });

  it("requires the label in the selector at CREATE if the profile says so, and warns otherwise", async () => {
    assert.match(
      expectWarnings(await ask(buildAppliedSet({ inSelector: false }))),
      /RC121 label-not-in-selector: .*selectors cannot be changed later/,
    );
    const strict = buildAppliedSet({ profile: "strict", inSelector: false });
    assert.match(expectDenial(await ask(strict)), /RC121/);
    assert.match(
      expectWarnings(
        await ask(strict, { old: buildAppliedSet({ profile: "strict", inSelector: false, replicas: 1 }) }),
      ),
      /RC121/,
    );
    assert.doesNotMatch(expectWarnings(await ask(buildAppliedSet({ profile: "strict" }))), /RC121/);
  });

  it("allows changes that concern no pod: an unchanged spec, a StatefulSet that is being deleted, no label", async () => {
    const odd = buildAppliedSet({ profile: "dmeo" });
    assert.deepEqual(await ask(odd, { old: odd }), { allowed: true });
    assert.deepEqual(await ask(buildAppliedSet({ profile: "dmeo", deleted: true })), { allowed: true });
    assert.deepEqual(await ask(buildAppliedSet({ profile: null })), { allowed: true });
  });

  it("summarizes Release steps, the marker store and the policy", async () => {
    const steps =
      "steps: [{name: schema, scope: Release, run: [a], verify: [b]}, {name: warm, scope: Pod, run: [a], verify: [b]}]";
    const profiles = (markers: string): string =>
      renderGenericYaml("work", `markers: ${markers}, ${steps}, ${leaving("Managed", "10s")}, ${S3}`);
    const set = buildAppliedSet({ profile: "work" });
    const spec = { ...set.spec.template.spec, volumes: [{ name: "data" }] };
    const object = { ...set, spec: { ...set.spec, template: { ...set.spec.template, spec } } };
    for (const [markers, place] of [
      ["{volume: data}", "on volume data"],
      ["{store: S3}", "in S3"],
      ["{store: Both, volume: data}", "on volume data and in S3"],
    ] as const) {
      const said = expectWarnings(await ask(object, { profiles: profiles(markers) }));
      assert.ok(
        said.includes(`steps schema (once per release), warm; markers ${place}; scaleDown.policy Managed`),
        said,
      );
    }
  });

  it("warns if the kubelet would kill a pod during leave", async () => {
    const profiles = (policy: string): string =>
      renderGenericYaml("work", `markers: {store: S3}, ${leaving(policy, "1m")}, ${S3}`);
    const grace = (seconds: number | undefined) => {
      const set = buildAppliedSet({ profile: "work" });
      const spec = { ...set.spec.template.spec, terminationGracePeriodSeconds: seconds };
      return { ...set, spec: { ...set.spec, template: { ...set.spec.template, spec } } };
    };
    assert.match(
      expectWarnings(await ask(grace(59), { profiles: profiles("Managed") })),
      /RC127 grace-period-too-short: leave may take 60 s .* terminationGracePeriodSeconds is 59/,
    );
    assert.match(
      expectWarnings(await ask(grace(undefined), { profiles: profiles("Managed") })),
      /RC127 .* is 30/,
    );
    for (const [seconds, policy] of [
      [60, "Managed"],
      [10, "Drained"],
    ] as const) {
      const said = expectWarnings(await ask(grace(seconds), { profiles: profiles(policy) }));
      assert.doesNotMatch(said, /RC127/);
    }
  });

  it("denies reserved names in the pod template", async () => {
    const steps = renderGenericYaml(
      "work",
      "markers: {volume: data}, steps: [{name: s, scope: Pod, run: [a], verify: [b]}]",
    );
    const set = buildAppliedSet({ profile: "work" });
    const volumes = [{ name: "data" }];
    for (const [name, more] of Object.entries({
      rollcall: { volumes: [...volumes, { name: "rollcall", image: { reference: "other/runner" } }] },
      "rollcall-token": { volumes: [...volumes, { name: "rollcall-token", projected: {} }] },
      ROLLCALL_POD_UID: { containers: [{ name: "app", env: [{ name: "ROLLCALL_POD_UID", value: "1" }] }] },
    })) {
      const spec = { ...set.spec.template.spec, volumes, ...more };
      const object = { ...set, spec: { ...set.spec, template: { ...set.spec.template, spec } } };
      assert.match(
        expectDenial(await ask(object, { profiles: `${ASK_PROFILES}${steps}` })),
        new RegExp(
          `RC109 name-conflict: Creating StatefulSet shop/web is denied: the pod template has ${name}, `,
        ),
      );
    }
  });

  it("denies a second StatefulSet in one range of a pool, and names the other", async () => {
    const live = [{ namespace: "depot", name: "db", profile: "db-a", createdAt: AT }];
    assert.match(
      expectDenial(await ask(buildAppliedSet({ profile: "db-a" }), { live })),
      /RC120 pool-conflict: Creating StatefulSet shop\/web is denied: StatefulSet depot\/db \(profile db-a\) has numbers of 1\.\.10 in pool db/,
    );
    assert.match(expectWarnings(await ask(buildAppliedSet({ profile: "db-b" }), { live })), /understood/);
    const itself = [{ namespace: "shop", name: "web", profile: "db-a", createdAt: AT }];
    assert.match(
      expectWarnings(
        await ask(buildAppliedSet({ profile: "db-a" }), {
          live: itself,
          old: buildAppliedSet({ profile: "db-a", replicas: 1 }),
        }),
      ),
      /understood/,
    );
  });

  it("validates a changed label of a StatefulSet that is being deleted: a finalizer may delay that indefinitely", async () => {
    const live = [{ namespace: "depot", name: "db", profile: "db-a", createdAt: AT }];
    const ending = (profile: string) => {
      const set = buildAppliedSet({ profile });
      return { ...set, metadata: { ...set.metadata, deletionTimestamp: AT } };
    };
    assert.match(
      expectDenial(await ask(ending("db-a"), { live, old: ending("db-b") })),
      /RC120 pool-conflict/,
    );
    assert.match(expectDenial(await ask(ending("no-such"), { live, old: ending("db-b") })), /RC101/);
    const scaled = ending("db-a");
    const untouched = await ask(scaled, { live, old: { ...scaled, spec: { ...scaled.spec, replicas: 7 } } });
    assert.equal(untouched.allowed, true);
  });

  it("does not ask for permissions that the pods do not need", async () => {
    const rights = () => Promise.reject(new Error("asked"));
    assert.doesNotMatch(expectWarnings(await ask(buildAppliedSet({}), { rights })), /RC015/);
  });

  it("denies if the other StatefulSets cannot be listed", async () => {
    const answer = await ask(buildAppliedSet({ profile: "db-a" }), {
      live: new Error("connection refused\nstack"),
    });
    assert.match(expectDenial(answer), /RC123 pool-unknown: .*\(connection refused\).*Retry/);
    assert.match(
      expectWarnings(await ask(buildAppliedSet({}), { live: new Error("not asked") })),
      /understood/,
    );
  });
});
