// The CRD on a real API server, without the webhook: what it accepts, what it rejects with which message, and what
// happens to a misspelled field.
import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { readProfile } from "../../webhook/profiles/readProfile.ts";
import { renderGenericYaml, renderProfileYaml } from "../profileYaml.ts";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";
import { formatProfileFaults, loadOrThrow } from "../webhook/profiles/faults.ts";
import { type KubectlResult, type RealApiServer, startApiServer } from "./apiServer.ts";

const NAME = "rollcallprofiles.rollcall.dev";

const RING = "serviceID: om, metadata: {volume: data, dirs: /data}";
const MEMBERS = "statefulSet: om, serviceName: om, namespace: ozone";
const DESK =
  "home: {volume: v, mode: Ephemeral}, redis: {host: r}, database: {type: MySQL, host: d, passwordSecretName: s}";
const MANAGED = "scaleDown: {policy: Managed, minReplicas: 1}";

/** A profile in block style; a line can be appended to its spec.generic. */
const HEAD = `apiVersion: rollcall.dev/v1alpha1
kind: RollcallProfile
metadata: {name: word}
spec:
  type: Generic
  namespaces: ["*"]
  generic:
    containers: [app]
    nodeID: {base: 1, max: 9}
    scaleDown: {policy: Deny}
    `;

/** Profiles that the schema alone rejects, each with the field and the message that kubectl prints. */
const BAD: Readonly<Record<string, readonly [text: string, told: RegExp]>> = {
  "a type that there is not": [
    renderGenericYaml("bad", "", "type: Genric"),
    /spec\.type: Unsupported value: "Genric": supported values: "Generic", "Otobo", "OzoneOM"/,
  ],
  "a type without its member": [
    renderProfileYaml("bad", 'type: Otobo, namespaces: ["*"]'),
    /spec: Invalid value: .*otobo is required when type is Otobo, and forbidden otherwise/,
  ],
  "a member of another type": [
    renderGenericYaml("bad", "", `ozoneOM: {${RING}, ${MANAGED}}`),
    /spec: Invalid value: .*ozoneOM is required when type is OzoneOM, and forbidden otherwise/,
  ],
  "no scaleDown": [
    renderProfileYaml(
      "bad",
      'type: Generic, namespaces: ["*"], generic: {containers: [app], nodeID: {base: 1, max: 9}}',
    ),
    /spec\.generic\.scaleDown: Required value/,
  ],
  "a ring without scaleDown": [
    renderProfileYaml("bad", `type: OzoneOM, namespaces: ["*"], ozoneOM: {${RING}}`),
    /spec\.ozoneOM: Invalid value: .*metadata and scaleDown are required for members of a ring/,
  ],
  "clients of a ring with the protection of members": [
    renderProfileYaml(
      "bad",
      `type: OzoneOM, namespaces: ["*"], ozoneOM: {role: Client, ${RING}, ${MANAGED}, members: {${MEMBERS}}}`,
    ),
    /spec\.ozoneOM: Invalid value: .*with role Client members is, and metadata, scaleDown and httpPolicy are forbidden/,
  ],
  "no fewest replicas": [
    renderGenericYaml("bad", "scaleDown: {policy: Drained}"),
    /spec\.generic\.scaleDown: Invalid value: .*minReplicas is required if policy is Drained or Managed/,
  ],
  "a number below zero": [
    renderGenericYaml("bad", "nodeID: {base: -1, max: 9}"),
    /spec\.generic\.nodeID\.base: Invalid value: -1: spec\.generic\.nodeID\.base in body should be greater than or equal to 0/,
  ],
  "a container that is named twice": [
    renderGenericYaml("bad", "containers: [app, app]"),
    /spec\.generic\.containers\[1\]: Duplicate value: "app"/,
  ],
  "two steps of one name": [
    renderGenericYaml(
      "bad",
      "markers: {volume: data}, steps: [{name: s, scope: Pod, run: [a], verify: [b]}, {name: s, scope: Pod, run: [a], verify: [b]}]",
    ),
    /spec\.generic\.steps\[1\]: Duplicate value: \{"name":"s"\}/,
  ],
  "a step without a scope": [
    renderGenericYaml("bad", "markers: {volume: data}, steps: [{name: s, run: [a], verify: [b]}]"),
    /spec\.generic\.steps\[0\]\.scope: Required value/,
  ],
  "markers on no volume": [
    renderGenericYaml("bad", "markers: {path: x}"),
    /spec\.generic\.markers: Invalid value: .*volume is required unless store is S3, and forbidden with store S3/,
  ],
  "a position after nothing": [
    renderGenericYaml("bad", "", "runner: {position: {type: After}}"),
    /spec\.runner\.position: Invalid value: .*container is required when type is Before or After, and forbidden otherwise/,
  ],
  "an invalid duration": [
    renderGenericYaml(
      "bad",
      "markers: {volume: data}, steps: [{name: s, scope: Pod, run: [a], verify: [b], timeout: 10x}]",
    ),
    /spec\.generic\.steps\[0\]\.timeout: Invalid value: "10x": .*should match/,
  ],
  "a number instead of a string": [
    renderGenericYaml("bad", "releaseID: 1.10"),
    /spec\.generic\.releaseID: Invalid value: "number": .*must be of type string: "number"/,
  ],
  "a policy that a ring has not": [
    renderProfileYaml(
      "bad",
      `type: OzoneOM, namespaces: ["*"], ozoneOM: {${RING}, scaleDown: {policy: Allow}}`,
    ),
    /spec\.ozoneOM\.scaleDown\.policy: Unsupported value: "Allow": supported values: "Managed", "Drained"/,
  ],
  "a NodeID of four digits": [
    renderProfileYaml(
      "bad",
      `type: Otobo, namespaces: ["*"], otobo: {${DESK}, ${MANAGED}, nodeID: {max: 1000}}`,
    ),
    /spec\.otobo\.nodeID\.max: Invalid value: 1000: .*should be less than or equal to 999/,
  ],
  "a name that no label can carry": [
    renderGenericYaml("a.b"),
    /metadata\.name must be a DNS label: lower case letters, digits and '-', at most 63 characters/,
  ],
  "no namespace": [
    renderGenericYaml("bad", "", "namespaces: []"),
    /spec\.namespaces: Invalid value: .*should have at least 1 items/,
  ],
};

describe("the custom resource definition on a real API server", function () {
  this.timeout(180_000);
  let api: RealApiServer;

  before(async function () {
    api = await startApiServer(this);
    await must(["apply", "-f", join(REPOSITORY_ROOT, "manifests/base/crd.yaml")]);
    await must(["wait", "--for=condition=Established", `crd/${NAME}`, "--timeout=30s"]);
  });
  after(() => api?.stop());

  const kubectl = (words: readonly string[], input?: string): Promise<KubectlResult> =>
    api.kubectl("admin", words, input);
  async function must(words: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await kubectl(words, input);
    assert.equal(code, 0, `kubectl ${words.join(" ")}: ${stderr}`);
    return stdout;
  }
  const apply = (text: string, ...words: string[]): Promise<KubectlResult> =>
    kubectl(["apply", "-f", "-", ...words], text);
  const read = async (
    name: string,
  ): Promise<{ metadata: { namespace?: string }; spec: Record<string, unknown> }> =>
    JSON.parse(await must(["get", "rcp", name, "-o", "json"])) as never;

  it("is structural, and its names are accepted", async () => {
    const { status } = JSON.parse(await must(["get", "crd", NAME, "-o", "json"])) as {
      status: { conditions: { type: string; status: string; message: string }[] };
    };
    const isTrue = (type: string): boolean =>
      status.conditions.some((each) => each.type === type && each.status === "True");
    assert.deepEqual(
      [isTrue("Established"), isTrue("NamesAccepted"), isTrue("NonStructuralSchema")],
      [true, true, false],
      JSON.stringify(status.conditions),
    );
  });

  it("accepts the profiles of all examples and of the suites, also from strict clients", async () => {
    const files = await Array.fromAsync(
      glob(
        "{manifests/examples/*,test/e2e/overlay,test/presets/ozone-om/cluster/overlay,test/full/hostileLoad,test/webhook/scaleDown}/profiles.yaml",
        {
          cwd: REPOSITORY_ROOT,
        },
      ),
    );
    assert.ok(files.length >= 9, files.join(" "));
    for (const file of files) {
      const { code, stderr } = await apply(
        await readFile(join(REPOSITORY_ROOT, file), "utf8"),
        "--validate=strict",
        "--dry-run=server",
      );
      assert.equal(code, 0, `${file}: ${stderr}`);
    }
  });

  it("accepts an example by kubectl apply -k, and drops the namespace that kustomize adds to the profile", async () => {
    await must(["apply", "-k", join(REPOSITORY_ROOT, "manifests/examples/generic")]);
    const { metadata } = await read("demo");
    assert.equal(metadata.namespace, undefined);
  });

  it("sets the same defaults as the webhook", async () => {
    const s3 = 'markers: {volume: data}, s3: {endpoint: "http://s3", bucket: boot}';
    await must(["apply", "-f", "-"], renderGenericYaml("defaults", s3));
    const { spec } = await read("defaults");
    assert.equal(spec["mode"], "Enforce");
    assert.deepEqual(spec["runner"], { delivery: "Copy", afterSidecars: [] });
    const generic = spec["generic"] as Record<string, Record<string, unknown>>;
    assert.deepEqual(generic["nodeID"], { base: 1, env: "NODE_ID", max: 999 });
    assert.deepEqual([generic["releaseID"], generic["lock"]], ["{image}", "Lease"]);
    assert.deepEqual(generic["markers"], { store: "Volume", volume: "data" });
    assert.deepEqual(generic["s3"]?.["usedBy"], ["Application"]);
  });

  it("stores profiles with the meaning of their files", async () => {
    const files = await Array.fromAsync(
      glob("{manifests/examples/*,test/e2e/overlay}/profiles.yaml", { cwd: REPOSITORY_ROOT }),
    );
    let count = 0;
    for (const file of files) {
      const text = await readFile(join(REPOSITORY_ROOT, file), "utf8");
      for (const profile of loadOrThrow(text).values()) {
        const { stdout } = await apply(text, "--dry-run=server", "-o", "json");
        const seen = JSON.parse(stdout) as {
          items?: { metadata: { name: string } }[];
          metadata: { name: string };
        };
        const stored = (seen.items ?? [seen]).find(({ metadata }) => metadata.name === profile.name);
        assert.deepEqual(readProfile(stored, null), { profile }, `${file}: ${profile.name}`);
        count += 1;
      }
    }
    assert.ok(count > 20, `only ${count}`);
  });

  it("parses a bare word like the CLI: y, off and 1_000 are not strings", async () => {
    for (const word of ["y", "off", "No", "0o17", "1_000", "1e3", "text", "2026-01-01", "~", "0x1F"]) {
      const text = `${HEAD}env: [{name: A, value: ${word}}]\n`;
      const { code, stderr } = await apply(text, "--dry-run=server");
      const told = formatProfileFaults(text);
      assert.equal(
        code === 0,
        told.length === 0,
        `${word}: kubectl says ${stderr}, the CLI ${told.join("\n")}`,
      );
    }
  });

  for (const [what, [text, told]] of Object.entries(BAD)) {
    it(`refuses ${what}, and names the field`, async () => {
      const { code, stderr } = await apply(text);
      assert.notEqual(code, 0, "it was accepted");
      assert.match(stderr, told);
    });
  }

  it("reports a misspelled field to strict clients", async () => {
    const { code, stderr } = await apply(renderGenericYaml("strict", "release: x"), "--validate=strict");
    assert.equal(code, 1);
    assert.match(stderr, /strict decoding error: unknown field "spec\.generic\.release"/);
  });

  it("warns other clients of a misspelled field, and stores nothing that protects less than intended", async () => {
    const kept = await apply(
      renderGenericYaml("pruned", "scaleDown: {policy: Deny}", "selectorLable: Require"),
      "--validate=warn",
    );
    assert.equal(kept.code, 0, kept.stderr);
    assert.match(kept.stderr, /Warning: unknown field "spec\.selectorLable"/);
    const silent = await apply(
      renderGenericYaml("silent", "scaleDown: {policy: Deny}, marker: {volume: data}"),
      "--validate=ignore",
    );
    assert.equal(silent.code, 0, silent.stderr);
    const { spec } = await read("silent");
    assert.equal((spec["generic"] as Record<string, unknown>)["marker"], undefined);
    // if a dropped field protects, the rest of the profile is rejected
    const LESS: readonly (readonly [string, RegExp])[] = [
      [
        "scaledown: {policy: Deny}, scaleDown: null",
        /spec\.generic\.scaleDown: (Required value|Invalid value)/,
      ],
      ["scaleDown: {polcy: Deny}", /spec\.generic\.scaleDown\.policy: Required value/],
      [
        "scaleDown: {policy: Managed, minReplica: 3}",
        /minReplicas is required if policy is Drained or Managed/,
      ],
      ["nodeID: {base: 1, maximum: 9}", /spec\.generic\.nodeID\.max: Required value/],
      ["nodeID: {bas: 5, max: 9}", /spec\.generic\.nodeID\.base: Required value/],
      [
        "markers: {volume: data}, steps: [{name: s, scop: Release, run: [a], verify: [b]}]",
        /spec\.generic\.steps\[0\]\.scope: Required value/,
      ],
      [
        "markers: {volume: data}, steps: [{name: s, scope: Pod, run: [a], verfy: [b]}]",
        /steps\[0\]\.verify: Required value/,
      ],
    ];
    for (const [generic, told] of LESS) {
      const { code, stderr } = await apply(renderGenericYaml("less", generic), "--validate=ignore");
      assert.notEqual(code, 0, `${generic} was accepted`);
      assert.match(stderr, told);
    }
  });

  it("does not allow the type of a profile to change", async () => {
    await must(["apply", "-f", "-"], renderGenericYaml("typed"));
    const { code, stderr } = await apply(
      renderProfileYaml(
        "typed",
        `type: OzoneOM, namespaces: ["*"], ozoneOM: {${RING}, ${MANAGED}}, generic: null`,
      ),
    );
    assert.equal(code, 1);
    assert.match(stderr, /type cannot be changed: create another profile/);
    await must(["delete", "rcp", "typed"]);
    await must(
      ["apply", "-f", "-"],
      renderProfileYaml("typed", `type: OzoneOM, namespaces: ["*"], ozoneOM: {${RING}, ${MANAGED}}`),
    );
    const asClient = await kubectl(
      ["apply", "-f", "-"],
      renderProfileYaml(
        "typed",
        `type: OzoneOM, namespaces: ["*"], ozoneOM: {role: Client, serviceID: om, members: {${MEMBERS}}, metadata: null, scaleDown: null}`,
      ),
    );
    assert.match(asClient.stderr, /role cannot be changed: create another profile/);
  });

  it("is documented field by field in kubectl explain", async () => {
    const explain = async (path: string): Promise<string> => {
      // the API server publishes the schema some seconds after the CRD
      for (let tries = 0; ; tries += 1) {
        const { code, stdout, stderr } = await kubectl(["explain", path]);
        if (code === 0) return stdout.replaceAll(/\s+/g, " ");
        assert.ok(tries < 60, `kubectl explain ${path}: ${stderr}`);
        await pause(500);
      }
    };
    const otobo = await explain("rcp.spec.otobo");
    assert.match(otobo, /OTOBO without a shared file system/);
    assert.match(otobo, /database <Object> -required- The database of all pods/);
    assert.match(otobo, /articles <string> enum: Database, S3, FileSystem/);
    assert.match(
      await explain("rcp.spec.generic.scaleDown.policy"),
      /What a scale-down requires\. Allow: nothing, pods may be removed/,
    );
    assert.match(await explain("rcp.spec.ozoneOM.serviceID"), /must never change/);
    assert.match(await explain("rcp.spec"), /selectorLabel <string>/);
  });

  it("is listed by kubectl with its type, mode, readiness and the reason", async () => {
    await must(["apply", "-f", "-"], renderGenericYaml("listed", "", "mode: Warn"));
    const condition = {
      type: "Ready",
      status: "False",
      reason: "Conflict",
      message: "m",
      lastTransitionTime: "2026-01-01T00:00:00Z",
      observedGeneration: 1,
    };
    const patch = JSON.stringify({ status: { observedGeneration: 1, conditions: [condition] } });
    await must(["patch", "rcp", "listed", "--subresource=status", "--type=merge", "-p", patch]);
    const [head = "", line = ""] = (await must(["get", "rcp", "listed"])).split("\n");
    assert.match(head, /^NAME +TYPE +MODE +READY +REASON +AGE$/);
    assert.match(line, /^listed +Generic +Warn +False +Conflict +\d+s$/);
    assert.match(await must(["get", "rollcall"]), /rollcallprofile\.rollcall\.dev\/listed|^listed /m);
  });
});
