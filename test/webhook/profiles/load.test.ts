// RollcallProfiles as they are understood: fields, defaults, types.
import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { renderGenericYaml, renderProfileYaml } from "../../profileYaml.ts";
import { REPOSITORY_ROOT } from "../cli/cli.ts";
import { listFaultLines, loadValidProfiles, renderDemo, renderSpec } from "./faults.ts";

describe("a RollcallProfile", () => {
  it("of each example and of the suites loads", async () => {
    const files = await Array.fromAsync(
      glob("{manifests/examples/*,test/e2e/overlay}/profiles.yaml", { cwd: REPOSITORY_ROOT }),
    );
    assert.ok(files.length >= 7, files.join(" "));
    for (const file of files)
      assert.ok(loadValidProfiles(await readFile(join(REPOSITORY_ROOT, file), "utf8")).size > 0, file);
  });

  it("has a default for all that may be left out", () => {
    assert.deepEqual(loadValidProfiles(renderDemo()).get("demo"), {
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
      drop: { policy: "allow", minReplicas: 1 },
      files: [],
      pods: {},
      ring: null,
      selectorLabel: "warn",
    });
  });

  it("says all of a profile with steps", () => {
    const text = renderGenericYaml(
      "demo",
      `nodeID: {env: ID, base: 10, max: 20}, env: [{name: NAME, value: "{podName}.{serviceName}"}], markers: {volume: data},
      steps: [{name: seed, scope: Pod, run: [seed], verify: [check], recheck: [look], timeout: 2m}]`,
      "mode: Warn",
    );
    const demo = loadValidProfiles(text).get("demo");
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

  it("says where the runner stands, how it comes there and what it may use", () => {
    const work = (runner: string) =>
      loadValidProfiles(
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

  it("says all of a profile whose pods leave, with markers and locks in S3", () => {
    const text = renderDemo(
      's3: {endpoint: "https://s3.test", bucket: boot, prefix: //a/b/, credentialsSecretName: keys, usedBy: [Runner]}',
      "markers: {store: Both, volume: data, path: m}",
      "lock: S3",
      "scaleDown: {policy: Managed, minReplicas: 3, leave: {run: [go], verify: [gone], timeout: 90s}}",
    );
    const demo = loadValidProfiles(text).get("demo");
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

  it("wants its label in the selector wherever a scale-down is not free, but for who says otherwise", () => {
    const loadLabel = (policy: string, written = ""): string | undefined => {
      const leave = /Managed|Drained/.test(policy) ? ", leave: {run: [a], verify: [b]}" : "";
      const generic = `markers: {volume: data}, scaleDown: {policy: ${policy}, minReplicas: 1${leave}}`;
      return loadValidProfiles(renderGenericYaml("demo", generic, written)).get("demo")?.selectorLabel;
    };
    assert.deepEqual(
      ["Allow", "Deny", "Drained", "Managed"].map((policy) => loadLabel(policy)),
      ["warn", "require", "require", "require"],
    );
    assert.equal(loadLabel("Allow", "selectorLabel: Require"), "require");
    assert.equal(loadLabel("Deny", "selectorLabel: Warn"), "warn");
  });

  it("knows of the types that are presets, and of their scale-downs", () => {
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
    const [om, desk] = loadValidProfiles(text).values();
    assert.deepEqual([om?.kind, om?.ring?.scaleDown, om?.work?.steps], ["ozone-om", "strict", []]);
    assert.deepEqual([om?.selectorLabel, om?.containers], ["require", ["om"]]);
    assert.deepEqual(om?.drop, { policy: "deny", minReplicas: 3 });
    assert.deepEqual([desk?.ring, desk?.containers], [null, ["daemon", "web"]]);
    assert.deepEqual(desk?.drop, { policy: "managed", minReplicas: 1 });
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

  it("may stand among others and among other documents, or there is none", () => {
    const pod = "---\napiVersion: v1\nkind: Pod\nspec: {type: Generic}\n";
    assert.deepEqual(
      [...loadValidProfiles(renderGenericYaml("a") + pod + renderGenericYaml("b")).keys()],
      ["a", "b"],
    );
    assert.equal(loadValidProfiles(pod).size, 0);
    assert.equal(loadValidProfiles("").size, 0);
  });

  it("is told by its group, so that somebody else's kind of the name is left alone", () => {
    assert.equal(loadValidProfiles(renderSpec("type: 1").replace("rollcall.dev", "example.com")).size, 0);
    assert.notDeepEqual(listFaultLines(renderSpec("type: 1")), []);
  });

  it("may have what the API server writes beside the spec", () => {
    const text = `${renderDemo()}status: {conditions: [{type: Ready, status: "True"}]}\n`.replace(
      "{name: demo}",
      "{name: demo, uid: u, generation: 3, labels: {a: b}, managedFields: []}",
    );
    assert.deepEqual([...loadValidProfiles(text).keys()], ["demo"]);
  });
});
