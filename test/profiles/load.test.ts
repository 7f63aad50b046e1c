// profiles.yaml as it is understood: fields, defaults, kinds.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { demoWith, profilesOf } from "./faults.ts";

describe("profiles.yaml", () => {
  it("as manifests/base ships it loads", async () => {
    const text = await readFile(new URL("../../manifests/base/profiles.yaml", import.meta.url), "utf8");
    assert.ok(profilesOf(text).size > 0);
  });

  it("has a default for all that may be left out", () => {
    assert.deepEqual(profilesOf(demoWith()).get("demo"), {
      name: "demo",
      kind: "generic",
      mode: "enforce",
      namespaces: ["*"],
      containers: ["app"],
      nodeId: { env: "NODE_ID", base: 1, max: 999, pool: null, size: 999, writtenSize: null },
      env: [],
      envFrom: [],
      s3: [],
      release: [{ placeholder: "image" }],
      work: null,
      drop: { policy: "allow", minReplicas: 1 },
      files: [],
      otobo: null,
      ozone: null,
      selectorLabel: "warn",
    });
  });

  it("says all of a profile with steps", () => {
    const text = demoWith(
      "mode: warn",
      "nodeId: {env: ID, base: 10, max: 20}",
      'env: [{name: NAME, value: "{podName}.{serviceName}"}]',
      "markers: {volume: data}",
      "steps: [{name: seed, run: [seed], verify: [check], still: [look], timeout: 2m}]",
    );
    const demo = profilesOf(text).get("demo");
    assert.deepEqual(
      [demo?.mode, demo?.nodeId],
      ["warn", { env: "ID", base: 10, max: 20, pool: null, size: 11, writtenSize: null }],
    );
    assert.deepEqual(demo?.env, [
      { name: "NAME", value: [{ placeholder: "podName" }, ".", { placeholder: "serviceName" }] },
    ]);
    const step = { name: "seed", scope: "pod", run: ["seed"], verify: ["check"], still: ["look"] };
    assert.deepEqual(demo?.work, {
      steps: [{ ...step, timeoutSeconds: 120, retries: 3 }],
      leave: null,
      markers: { store: "pvc", volume: "data", path: ".rollcall" },
      s3: null,
      lock: { store: "lease", seconds: 30 },
      position: { at: "first" },
      sidecars: [],
      resources: null,
      runner: "copy",
    });
  });

  it("says all of a profile whose pods leave, with markers and locks in S3", () => {
    const text = demoWith(
      's3: {endpoint: "https://s3.test", bucket: boot, prefix: //a/b/, credentialsSecret: keys, for: [markers]}',
      "markers: {store: both, volume: data, path: m}",
      "lock: s3",
      "leave: {run: [go], verify: [gone], timeout: 90s}",
      "drop: {policy: managed, minReplicas: 3}",
    );
    const demo = profilesOf(text).get("demo");
    assert.deepEqual([demo?.s3, demo?.drop], [[], { policy: "managed", minReplicas: 3 }]);
    const { steps, leave, markers, s3, lock } = demo?.work ?? {};
    assert.deepEqual([steps, leave], [[], { run: ["go"], verify: ["gone"], timeoutSeconds: 90 }]);
    assert.deepEqual(markers, { store: "both", volume: "data", path: "m" });
    assert.deepEqual(lock, { store: "s3", seconds: 30 });
    const place = { endpoint: "https://s3.test", region: "us-east-1", bucket: "boot", prefix: "a/b" };
    assert.deepEqual(s3, {
      place: { ...place, pathStyle: true, checksum: "when-required" },
      keys: { from: "secret", secret: "keys" },
    });
  });

  it("knows of the kinds that are presets, and of their drops", () => {
    const text =
      "profiles:\n  om: {kind: ozone-om, namespaces: [x], serviceId: om, scaleDown: strict, minReplicas: 3}\n" +
      "  desk: {kind: otobo, namespaces: [x], home: {volume: v}, nodeId: {size: 9}, redis: {host: r}, " +
      "database: {kind: postgresql, host: db.x.svc, secret: s}}\n";
    const [om, desk] = profilesOf(text).values();
    assert.deepEqual([om?.ozone?.kind, om?.work?.steps, om?.selectorLabel], ["ozone-om", [], "require"]);
    assert.deepEqual([om?.containers, om?.drop], [["om"], { policy: "deny", minReplicas: 3 }]);
    assert.deepEqual([desk?.ozone, desk?.containers], [null, ["daemon", "web"]]);
    assert.deepEqual(desk?.drop, { policy: "managed", minReplicas: 1 });
    const pool = "db.x.svc:5432/otobo";
    assert.deepEqual(desk?.nodeId, {
      env: "OTOBO_NODE_ID",
      base: 1,
      max: 999,
      pool,
      size: 9,
      writtenSize: 9,
    });
  });

  it("may hold several profiles, or none", () => {
    const other = "  other: {kind: generic, namespaces: [shop], containers: [a, b]}\n";
    assert.deepEqual([...profilesOf(demoWith() + other).keys()], ["demo", "other"]);
    assert.equal(profilesOf("profiles: {}").size, 0);
  });
});
