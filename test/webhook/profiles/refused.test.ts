// Faults in RollcallProfiles, each with the line and column to which an editor should jump.

import assert from "node:assert/strict";
import { WEBHOOK_PRESETS } from "../../../presets/webhook.ts";
import { issueSelfSigned } from "../../../webhook/tls/selfSigned.ts";
import { buildDemo, buildProfile, FIRST, formatProfileFaults, SPEC } from "./faults.ts";
import { REFUSALS } from "./refusals.ts";

const GENERIC = "generic: {containers: [app], nodeID: {base: 1, max: 9}, scaleDown: {policy: Allow}}";
const RING =
  "serviceID: om, metadata: {volume: data, dirs: /data}, scaleDown: {policy: Managed, minReplicas: 1}";
const DESK =
  "home: {volume: v, mode: Ephemeral}, redis: {host: r}, database: {type: MySQL, host: d, passwordSecretName: s}, " +
  "scaleDown: {policy: Managed, minReplicas: 1}";

const ring = (fields: string): string =>
  buildProfile("type: OzoneOM", "namespaces: [x]", `ozoneOM: {${fields}}`);
const desk = (fields: string): string => buildProfile("type: Otobo", "namespaces: [x]", `otobo: {${fields}}`);
const runner = (fields: string): string =>
  buildProfile("type: Generic", "namespaces: [x]", GENERIC, `runner: {${fields}}`);

const TYPES = WEBHOOK_PRESETS.map(({ type }) => type);
const ALTERNATIVES = `${TYPES.slice(0, -1).join(", ")} or ${TYPES.at(-1)}`;

const BROKEN_CA = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

describe("loadProfiles with a faulty RollcallProfile", () => {
  for (const { what, lines, expected } of REFUSALS) {
    it(`rejects ${what}`, () => {
      assert.deepEqual(
        formatProfileFaults(buildDemo(...lines)),
        expected.map((line) => `profiles.yaml:${line}`),
      );
    });
  }

  it("rejects a missing or unknown type and lists the types", () => {
    assert.deepEqual(formatProfileFaults(buildProfile("namespaces: [x]")), [
      `profiles.yaml:${SPEC}:3: spec.type: required value: ${ALTERNATIVES}`,
    ]);
    assert.deepEqual(formatProfileFaults(buildProfile("type: Genric", "namespaces: [x]")), [
      `profiles.yaml:${SPEC}:9: spec.type: unknown type; expected ${ALTERNATIVES}`,
    ]);
  });

  it("requires the member of the type and rejects those of other types", () => {
    assert.deepEqual(formatProfileFaults(buildProfile("type: Otobo", "namespaces: [x]", GENERIC)), [
      `profiles.yaml:${SPEC}:3: spec.otobo: required when type is Otobo`,
      `profiles.yaml:${SPEC + 2}:3: spec.generic: forbidden when type is Otobo`,
    ]);
  });

  const META = "apiVersion: rollcall.dev/v1alpha1\nkind: RollcallProfile\n";
  const MISSPELLED: Readonly<Record<string, readonly [text: string, expected: RegExp]>> = {
    "of the document": [
      `${META}metdata: {}\n${buildDemo().split("\n").slice(2).join("\n")}`,
      /:3:1: metdata: unknown field; did you mean metadata\?$/,
    ],
    "of the spec": [
      buildProfile("type: Generic", "namespace: [x]", "namespaces: [x]", GENERIC),
      /:6:3: spec\.namespace: unknown field; did you mean namespaces\?$/,
    ],
    "of the runner": [runner("after: [x]"), /:8:\d+: spec\.runner\.after: unknown field$/],
    "of the position": [
      runner("position: {type: After, contaner: x}"),
      /spec\.runner\.position\.contaner: unknown field; did you mean container\?$/,
    ],
    "of the resources": [
      runner("resources: {request: {cpu: 1}}"),
      /spec\.runner\.resources\.request: unknown field; did you mean requests\?$/,
    ],
    "of a type": [
      buildDemo("marker: {}"),
      /:8:5: spec\.generic\.marker: unknown field; did you mean markers\?$/,
    ],
    "of a part": [
      buildDemo("markers: {volume: data, paht: x}"),
      /spec\.generic\.markers\.paht: .*did you mean path\?$/,
    ],
    "of a part of a part": [
      buildDemo("scaleDown: {policy: Allow, leave: {runn: [a]}}"),
      /spec\.generic\.scaleDown\.leave\.runn: .*did you mean run\?$/,
    ],
    "of an item": [
      buildDemo("envFrom: [{configMapref: {name: a}}]"),
      /envFrom\[0\]\.configMapref: .*did you mean configMapRef\?$/,
    ],
    "of the scale-down, in the case of letters": [
      buildDemo("scaleDown: {policy: Allow, minreplicas: 1}"),
      /spec\.generic\.scaleDown\.minreplicas: unknown field; did you mean minReplicas\?$/,
    ],
    "of an OTOBO": [desk(`${DESK}, redus: {}`), /spec\.otobo\.redus: unknown field; did you mean redis\?$/],
    "of an OTOBO's database": [
      desk(DESK.replace("host: d,", "hostname: d, host: d,")),
      /spec\.otobo\.database\.hostname: unknown field$/,
    ],
    "of a ring": [ring(`${RING}, maxReplica: 5`), /spec\.ozoneOM\.maxReplica: .*did you mean maxReplicas\?$/],
    "of a ring's ports": [
      ring(`${RING}, ports: {rcp: 5}`),
      /spec\.ozoneOM\.ports\.rcp: .*did you mean rpc\?$/,
    ],
    "of another type": [buildDemo("maxReplicas: 5"), /spec\.generic\.maxReplicas: unknown field$/],
    "too long for a suggestion": [buildDemo(`${"x".repeat(65)}: 5`), /x: unknown field$/],
  };
  for (const [what, [text, expected]] of Object.entries(MISSPELLED)) {
    it(`reports a misspelled field ${what}`, () => {
      const faults = formatProfileFaults(text);
      assert.ok(
        faults.some((line) => expected.test(line)),
        faults.join("\n"),
      );
    });
  }

  it("reports an unknown field of every object", () => {
    const places = [
      "spec",
      "spec.runner",
      "spec.runner.position",
      "spec.runner.resources",
      "spec.generic",
      "spec.generic.nodeID",
      "spec.generic.s3",
      "spec.generic.s3.envNames",
      "spec.generic.markers",
      "spec.generic.scaleDown",
      "spec.generic.scaleDown.leave",
      ...["home", "nodeID", "database", "redis", "s3", "release", "config", "markers", "scaleDown"].map(
        (field) => `spec.otobo.${field}`,
      ),
      ...["ports", "members", "metadata", "scaleDown", "scaleDown.leave"].map(
        (field) => `spec.ozoneOM.${field}`,
      ),
    ];
    for (const place of places) {
      const nested = place
        .split(".")
        .reduceRight<unknown>((below, field) => ({ [field]: below }), { bogus: 1 });
      const document = {
        apiVersion: "rollcall.dev/v1alpha1",
        kind: "RollcallProfile",
        metadata: { name: "x" },
      };
      const faults = formatProfileFaults(JSON.stringify({ ...document, ...(nested as object) }));
      assert.ok(
        faults.some((line) => line.endsWith(`${place}.bogus: unknown field`)),
        `${place}: ${faults.join("\n")}`,
      );
    }
  });

  const EXCLUDING: Readonly<Record<string, readonly [text: string, expected: RegExp]>> = {
    "articles in S3 without s3": [
      desk(`${DESK}, articles: S3`),
      /spec\.otobo\.articles: articles in S3 require s3$/,
    ],
    "articles on an ephemeral home": [
      desk(`${DESK}, articles: FileSystem`),
      /articles on an ephemeral home are lost with the pod/,
    ],
    "a number of four digits": [desk(`${DESK}, nodeID: {max: 1000}`), /spec\.otobo\.nodeID\.max: .*<=999/],
    "a base above max": [
      desk(`${DESK}, nodeID: {base: 9, max: 8}`),
      /spec\.otobo\.nodeID: base 9 is above max 8/,
    ],
    "minReplicas above maxReplicas": [
      ring(RING.replace("minReplicas: 1", "minReplicas: 9")),
      /spec\.ozoneOM\.scaleDown\.minReplicas: minReplicas 9 is above maxReplicas 7$/,
    ],
    "a ring without minReplicas": [
      ring(RING.replace(", minReplicas: 1", "")),
      /spec\.ozoneOM\.scaleDown\.minReplicas: required if policy is Drained or Managed/,
    ],
    "a policy that rings do not support": [
      ring(RING.replace("Managed", "Allow")),
      /spec\.ozoneOM\.scaleDown\.policy: Invalid option/,
    ],
    "a ring over HTTPS without a CA": [
      ring(`${RING}, httpPolicy: HTTPS_ONLY`),
      /spec\.ozoneOM\.caBundle: required if httpPolicy is HTTPS_ONLY: members are asked over HTTPS$/,
    ],
    "a ring with a CA that is no certificate": [
      ring(`${RING}, httpPolicy: HTTPS_ONLY, caBundle: ${JSON.stringify(BROKEN_CA)}`),
      /spec\.ozoneOM\.caBundle: certificate 1 cannot be read$/,
    ],
    "a ring with a CA that is not PEM": [
      ring(`${RING}, httpPolicy: HTTPS_ONLY, caBundle: secret`),
      /spec\.ozoneOM\.caBundle: one or more certificates in PEM format$/,
    ],
    "a ring with a CA beyond the limit": [
      ring(`${RING}, httpPolicy: HTTPS_ONLY, caBundle: ${JSON.stringify(BROKEN_CA.repeat(600))}`),
      /spec\.ozoneOM\.caBundle: .*32768/,
    ],
    "a ring over HTTP with a port for HTTPS": [
      ring(`${RING}, ports: {https: 9875}`),
      /spec\.ozoneOM\.ports\.https: forbidden without httpPolicy: members are asked over HTTP$/,
    ],
    "members of a ring with where members are": [
      ring(`${RING}, members: {statefulSet: om, serviceName: om, namespace: x}`),
      /spec\.ozoneOM\.members: forbidden, unless role is Client$/,
    ],
    "clients that do not say where the members are": [
      ring("role: Client, serviceID: om"),
      /spec\.ozoneOM\.members: required when role is Client$/,
    ],
    "a ring without scaleDown": [
      ring("serviceID: om, metadata: {volume: data, dirs: /data}"),
      /spec\.ozoneOM\.scaleDown: required value$/,
    ],
    "a ring without metadata": [
      ring(RING.replace("metadata: {volume: data, dirs: /data}, ", "")),
      /spec\.ozoneOM\.metadata: required value$/,
    ],
    "position After without container": [
      runner("position: {type: After}"),
      /spec\.runner\.position\.container: required when type is After: the name of an init container$/,
    ],
    "position Before without container": [
      runner("position: {type: Before}"),
      /spec\.runner\.position\.container: required when type is Before: the name of an init container$/,
    ],
    "position Last with a container": [
      runner("position: {type: Last, container: a}"),
      /spec\.runner\.position\.container: forbidden when type is Last$/,
    ],
    "a request above its limit": [
      runner("resources: {requests: {cpu: 2}, limits: {cpu: 1}}"),
      /spec\.runner\.resources\.requests\.cpu: requests\.cpu \(2\) is above limits\.cpu \(1\)$/,
    ],
    "an empty list of namespaces": [
      buildProfile("type: Generic", "namespaces: []", GENERIC),
      /spec\.namespaces: .*>=1/,
    ],
    "an invalid name of a namespace": [
      buildProfile("type: Generic", 'namespaces: ["team-*"]', GENERIC),
      /the name of a namespace/,
    ],
  };
  for (const [what, [text, expected]] of Object.entries(EXCLUDING)) {
    it(`rejects ${what}`, () => {
      const [line = "", ...others] = formatProfileFaults(text);
      assert.match(line, expected);
      assert.deepEqual(others, []);
    });
  }

  it("rejects what protects members in a profile of clients", () => {
    const members = "members: {statefulSet: om, serviceName: om, namespace: x}";
    assert.deepEqual(formatProfileFaults(ring(`role: Client, serviceID: om, ${members}`)), []);
    const lines = formatProfileFaults(ring(`role: Client, ${RING}, ${members}, httpPolicy: HTTPS_ONLY`));
    assert.deepEqual(
      lines.map((line) => line.replace(/^.*: spec\.ozoneOM\./, "")),
      ["metadata", "scaleDown", "httpPolicy"].map((field) => `${field}: forbidden when role is Client`),
    );
  });

  it("rejects a CA of a ring that is asked over HTTP", async () => {
    const { ca } = await issueSelfSigned(["ca"], new Date());
    const caBundle = `caBundle: ${JSON.stringify(ca)}`;
    assert.deepEqual(formatProfileFaults(ring(`${RING}, httpPolicy: HTTPS_ONLY, ${caBundle}`)), []);
    const [line = ""] = formatProfileFaults(ring(`${RING}, ${caBundle}`));
    assert.match(line, /spec\.ozoneOM\.caBundle: forbidden without httpPolicy: members are asked over HTTP$/);
  });

  it("rejects a container that is listed twice", () => {
    assert.deepEqual(formatProfileFaults(buildDemo("containers: [app, app]")), [
      `profiles.yaml:${FIRST}:23: spec.generic.containers[1]: container "app" is listed twice`,
    ]);
  });

  it("rejects a profile name that is not a valid label value", () => {
    for (const name of ["Demo_1", "a.b", "x".repeat(64), "-a"]) {
      const [line = ""] = formatProfileFaults(buildDemo().replace("name: demo", `name: ${name}`));
      assert.match(line, /^profiles\.yaml:3:\d+: metadata\.name: lower case letters, digits and '-'/);
    }
  });

  it("rejects another version of the resource", () => {
    const [line = ""] = formatProfileFaults(buildDemo().replace("v1alpha1", "v1"));
    assert.match(line, /^profiles\.yaml:1:13: apiVersion: .*rollcall\.dev\/v1alpha1/);
  });

  it("reports a YAML syntax error with line and column", () => {
    const [line = ""] = formatProfileFaults("spec:\n  demo:\n    kind: generic\n    bad: [1, 2\n  x: y\n");
    assert.match(line, /^profiles\.yaml:5:3: .*flow sequence/i);
    assert.deepEqual(formatProfileFaults("spec:\n  demo: {}\n  demo: {}\n"), [
      "profiles.yaml:3:3: Map keys must be unique",
    ]);
    assert.match(formatProfileFaults("spec:\n\tdemo: {}\n")[0] ?? "", /^profiles\.yaml:2:1: .*[Tt]abs/);
  });

  it("reports a fault in its own document, and a repeated profile name at the second name", () => {
    const lines = buildDemo().split("\n").length;
    assert.deepEqual(
      formatProfileFaults(`${buildDemo()}---\n${buildDemo("bogus: 1").replace("demo", "other")}`),
      [`profiles.yaml:${lines + FIRST}:5: spec.generic.bogus: unknown field`],
    );
    assert.deepEqual(formatProfileFaults(`${buildDemo()}---\n${buildDemo()}`), [
      `profiles.yaml:${lines + 3}:18: metadata.name: a second profile named demo`,
    ]);
  });

  it("ignores documents that are not profiles", () => {
    for (const text of [
      "",
      "\n\n",
      "# profiles will come\n",
      "---\n",
      "null",
      "[]",
      "profiles",
      "kind: Pod\nspec: 1\n",
    ])
      assert.deepEqual(formatProfileFaults(text), []);
  });
});
