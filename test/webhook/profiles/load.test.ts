// How RollcallProfiles are compiled: fields, defaults, types.
import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { renderGenericYaml, renderProfileYaml } from "../../profileYaml.ts";
import { REPOSITORY_ROOT } from "../cli/cli.ts";
import { buildDemo, buildProfile, formatProfileFaults, loadOrThrow } from "./faults.ts";

describe("a RollcallProfile", () => {
  it("of each example and of the e2e suites loads", async () => {
    const files = await Array.fromAsync(
      glob("{manifests/examples/*,test/e2e/overlay}/profiles.yaml", { cwd: REPOSITORY_ROOT }),
    );
    assert.ok(files.length >= 7, files.join(" "));
    for (const file of files)
      assert.ok(loadOrThrow(await readFile(join(REPOSITORY_ROOT, file), "utf8")).size > 0, file);
  });

  it("has defaults for optional fields", () => {
    assert.deepEqual(loadOrThrow(buildDemo()).get("demo"), {
      name: "demo",
      version: null,
      kind: "generic",
      mode: "enforce",
      namespaces: ["*"],
      containers: ["app"],
      nodeId: {
        env: "NODE_ID",
        value: "number",
        base: 1,
        max: 999,
        pool: null,
        size: 999,
        writtenSize: null,
      },
      env: [],
      envFrom: [],
      s3: [],
      release: [{ placeholder: "image" }],
      work: null,
      drop: { policy: "allow", minReplicas: 1, ignoresMinReplicas: false },
      files: [],
      pods: {},
      ring: null,
      selectorLabel: "warn",
    });
  });

  it("with steps is compiled completely", () => {
    const text = renderGenericYaml(
      "demo",
      `nodeID: {env: ID, base: 10, max: 20}, env: [{name: NAME, value: "{podName}.{serviceName}"}], markers: {volume: data},
      steps: [{name: seed, scope: Pod, run: [seed], verify: [check], recheck: [look], timeout: 2m}]`,
      "mode: Warn",
    );
    const demo = loadOrThrow(text).get("demo");
    assert.deepEqual(
      [demo?.mode, demo?.nodeId],
      ["warn", { env: "ID", value: "number", base: 10, max: 20, pool: null, size: 11, writtenSize: null }],
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

  it("configures position, delivery and resources of the runner", () => {
    const work = (runner: string) =>
      loadOrThrow(
        renderGenericYaml(
          "demo",
          "markers: {volume: data}, steps: [{name: s, scope: Release, run: [a], verify: [b]}]",
          `runner: {${runner}}`,
        ),
      ).get("demo")?.work;
    const POSITIONS = {
      "{type: First}": { at: "first", always: true },
      "{type: Last}": { at: "last" },
      "{type: Before, container: a}": { at: "before", name: "a" },
      "{type: After, container: a}": { at: "after", name: "a" },
    };
    for (const [written, position] of Object.entries(POSITIONS))
      assert.deepEqual(work(`position: ${written}`)?.position, position);
    const whole = work("delivery: ImageVolume, afterSidecars: [proxy], resources: {requests: {cpu: 1}}");
    assert.deepEqual(
      [whole?.runner, whole?.sidecars, whole?.resources, whole?.steps[0]?.scope],
      ["image", ["proxy"], { requests: { cpu: "1" } }, "release"],
    );
  });

  it("with leave, and markers and locks in S3, is compiled completely", () => {
    const text = buildDemo(
      's3: {endpoint: "https://s3.test", bucket: boot, prefix: //a/b/, credentialsSecretName: keys, usedBy: [Runner]}',
      "markers: {store: Both, volume: data, path: m}",
      "lock: S3",
      "scaleDown: {policy: Managed, minReplicas: 3, leave: {run: [go], verify: [gone], timeout: 90s}}",
    );
    const demo = loadOrThrow(text).get("demo");
    assert.deepEqual(
      [demo?.s3, demo?.drop],
      [[], { policy: "managed", minReplicas: 3, ignoresMinReplicas: false }],
    );
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

  it("requires the label in the selector unless the policy is Allow, and can override that", () => {
    const getSelectorLabel = (policy: string, written = ""): string | undefined => {
      const leave = /Managed|Drained/.test(policy) ? ", leave: {run: [a], verify: [b]}" : "";
      const generic = `markers: {volume: data}, scaleDown: {policy: ${policy}, minReplicas: 1${leave}}`;
      return loadOrThrow(renderGenericYaml("demo", generic, written)).get("demo")?.selectorLabel;
    };
    assert.deepEqual(
      ["Allow", "Deny", "Drained", "Managed"].map((policy) => getSelectorLabel(policy)),
      ["warn", "require", "require", "require"],
    );
    assert.equal(getSelectorLabel("Allow", "selectorLabel: Require"), "require");
    assert.equal(getSelectorLabel("Deny", "selectorLabel: Warn"), "warn");
  });

  it("of a preset's type is compiled, including its scale-down", () => {
    const text =
      renderProfileYaml(
        "om",
        `type: OzoneOM, namespaces: [x], ozoneOM: {serviceID: om, metadata: {volume: data, dirs: /data},
        scaleDown: {policy: Drained, minReplicas: 3}}`,
      ) +
      renderProfileYaml(
        "desk",
        `type: Otobo, namespaces: [x], otobo: {home: {volume: v, mode: Ephemeral}, nodeID: {size: 9}, redis: {host: r},
        database: {type: PostgreSQL, host: db.x.svc, passwordSecretName: s}, scaleDown: {policy: Managed, minReplicas: 1}}`,
      );
    const [om, desk] = loadOrThrow(text).values();
    assert.deepEqual([om?.kind, om?.ring?.scaleDown, om?.work?.steps], ["ozone-om", "strict", []]);
    assert.deepEqual([om?.selectorLabel, om?.containers], ["require", ["om"]]);
    assert.deepEqual(om?.drop, { policy: "deny", minReplicas: 3, ignoresMinReplicas: false });
    assert.deepEqual([desk?.ring, desk?.containers], [null, ["daemon", "web"]]);
    assert.deepEqual(desk?.drop, { policy: "managed", minReplicas: 1, ignoresMinReplicas: false });
    const pool = "db.x.svc:5432/otobo";
    assert.deepEqual(desk?.nodeId, {
      env: "OTOBO_NODE_ID",
      value: "number",
      base: 1,
      max: 999,
      pool,
      size: 9,
      writtenSize: 9,
    });
  });

  it("may be one of many documents", () => {
    const pod = "---\napiVersion: v1\nkind: Pod\nspec: {type: Generic}\n";
    assert.deepEqual(
      [...loadOrThrow(renderGenericYaml("a") + pod + renderGenericYaml("b")).keys()],
      ["a", "b"],
    );
    assert.equal(loadOrThrow(pod).size, 0);
    assert.equal(loadOrThrow("").size, 0);
  });

  it("is recognized by its API group; the same kind of another group is ignored", () => {
    assert.equal(loadOrThrow(buildProfile("type: 1").replace("rollcall.dev", "example.com")).size, 0);
    assert.notDeepEqual(formatProfileFaults(buildProfile("type: 1")), []);
  });

  it("may have status and metadata from the API server", () => {
    const text = `${buildDemo()}status: {conditions: [{type: Ready, status: "True"}]}\n`.replace(
      "{name: demo}",
      "{name: demo, uid: u, generation: 3, labels: {a: b}, managedFields: []}",
    );
    assert.deepEqual([...loadOrThrow(text).keys()], ["demo"]);
  });
});
