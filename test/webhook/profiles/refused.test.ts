// What RollcallProfiles are refused for: each fault with the line and column where an editor should jump to.

import assert from "node:assert/strict";
import { WEBHOOK_PRESETS } from "../../../presets/webhook.ts";
import { FIRST, listFaultLines, renderDemo, renderSpec, SPEC } from "./faults.ts";
import { REFUSALS } from "./refusals.ts";

const GENERIC =
  "generic: {containers: [app], nodeID: {base: 1, max: 9}, scaleDown: {policy: Allow, minReplicas: 1}}";
const RING =
  "serviceID: om, metadata: {volume: data, dirs: /data}, scaleDown: {policy: Managed, minReplicas: 1}";
const DESK =
  "home: {volume: v, mode: Ephemeral}, redis: {host: r}, database: {type: MySQL, host: d, passwordSecretName: s}, " +
  "scaleDown: {policy: Managed, minReplicas: 1}";

const ring = (fields: string): string =>
  renderSpec("type: OzoneOM", "namespaces: [x]", `ozoneOM: {${fields}}`);
const desk = (fields: string): string => renderSpec("type: Otobo", "namespaces: [x]", `otobo: {${fields}}`);
const runner = (fields: string): string =>
  renderSpec("type: Generic", "namespaces: [x]", GENERIC, `runner: {${fields}}`);

const TYPES = WEBHOOK_PRESETS.map(({ type }) => type);
const ALTERNATIVES = `${TYPES.slice(0, -1).join(", ")} or ${TYPES.at(-1)}`;

describe("a fault in a RollcallProfile", () => {
  for (const { what, lines, told } of REFUSALS) {
    it(`is told: ${what}`, () => {
      assert.deepEqual(
        listFaultLines(renderDemo(...lines)),
        told.map((line) => `profiles.yaml:${line}`),
      );
    });
  }

  it("is told: a type that is missing or that there is not, in one sentence", () => {
    assert.deepEqual(listFaultLines(renderSpec("namespaces: [x]")), [
      `profiles.yaml:${SPEC}:3: spec.type: type is missing: ${ALTERNATIVES}`,
    ]);
    assert.deepEqual(listFaultLines(renderSpec("type: Genric", "namespaces: [x]")), [
      `profiles.yaml:${SPEC}:9: spec.type: there is no such type; there are ${ALTERNATIVES}`,
    ]);
  });

  it("is told: a member that the type needs, and those that it must not have", () => {
    assert.deepEqual(listFaultLines(renderSpec("type: Otobo", "namespaces: [x]", GENERIC)), [
      `profiles.yaml:${SPEC}:3: spec.otobo: required, since type is Otobo`,
      `profiles.yaml:${SPEC + 2}:3: spec.generic: type is Otobo, so generic must not be set`,
    ]);
  });

  const META = "apiVersion: rollcall.dev/v1alpha1\nkind: RollcallProfile\n";
  const MISSPELLED: Readonly<Record<string, readonly [text: string, told: RegExp]>> = {
    "of the document": [
      `${META}metdata: {}\n${renderDemo().split("\n").slice(2).join("\n")}`,
      /:3:1: metdata: unknown field; did you mean metadata\?$/,
    ],
    "of the spec": [
      renderSpec("type: Generic", "namespace: [x]", "namespaces: [x]", GENERIC),
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
      renderDemo("marker: {}"),
      /:8:5: spec\.generic\.marker: unknown field; did you mean markers\?$/,
    ],
    "of a part": [
      renderDemo("markers: {volume: data, paht: x}"),
      /spec\.generic\.markers\.paht: .*did you mean path\?$/,
    ],
    "of a part of a part": [
      renderDemo("scaleDown: {policy: Allow, minReplicas: 1, leave: {runn: [a]}}"),
      /spec\.generic\.scaleDown\.leave\.runn: .*did you mean run\?$/,
    ],
    "of an item": [
      renderDemo("envFrom: [{configMapref: {name: a}}]"),
      /envFrom\[0\]\.configMapref: .*did you mean configMapRef\?$/,
    ],
    "of the scale-down, in the case of letters": [
      renderDemo("scaleDown: {policy: Allow, minreplicas: 1}"),
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
    "of another type": [renderDemo("maxReplicas: 5"), /spec\.generic\.maxReplicas: unknown field$/],
    "that is too long to be meant": [renderDemo(`${"x".repeat(65)}: 5`), /x: unknown field$/],
  };
  for (const [what, [text, expected]] of Object.entries(MISSPELLED)) {
    it(`is told: a misspelled field ${what}`, () => {
      const told = listFaultLines(text);
      assert.ok(
        told.some((line) => expected.test(line)),
        told.join("\n"),
      );
    });
  }

  it("is told: a misspelled field of every place that has fields", () => {
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
      ...["ports", "metadata", "scaleDown", "scaleDown.leave"].map((field) => `spec.ozoneOM.${field}`),
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
      const told = listFaultLines(JSON.stringify({ ...document, ...(nested as object) }));
      assert.ok(
        told.some((line) => line.endsWith(`${place}.bogus: unknown field`)),
        `${place}: ${told.join("\n")}`,
      );
    }
  });

  const EXCLUDING: Readonly<Record<string, readonly [text: string, told: RegExp]>> = {
    "articles in S3 without one": [
      desk(`${DESK}, articles: S3`),
      /spec\.otobo\.articles: articles in S3 need s3$/,
    ],
    "articles on a home that goes with the pod": [
      desk(`${DESK}, articles: FileSystem`),
      /articles on an ephemeral home would be lost with the pod/,
    ],
    "a number of four digits": [desk(`${DESK}, nodeID: {max: 1000}`), /spec\.otobo\.nodeID\.max: .*<=999/],
    "a base above max": [
      desk(`${DESK}, nodeID: {base: 9, max: 8}`),
      /spec\.otobo\.nodeID: base 9 is above max 8/,
    ],
    "fewest members above the most": [
      ring(RING.replace("minReplicas: 1", "minReplicas: 9")),
      /spec\.ozoneOM\.scaleDown\.minReplicas: minReplicas 9 is above maxReplicas 7$/,
    ],
    "no fewest members": [
      ring(RING.replace(", minReplicas: 1", "")),
      /spec\.ozoneOM\.scaleDown\.minReplicas: required unless policy is Deny/,
    ],
    "a policy that a ring has not": [
      ring(RING.replace("Managed", "Allow")),
      /spec\.ozoneOM\.scaleDown\.policy: Invalid option/,
    ],
    "a ring whose metadata has no place": [
      ring(RING.replace("metadata: {volume: data, dirs: /data}, ", "")),
      /spec\.ozoneOM\.metadata: required value$/,
    ],
    "a position after a container that is not named": [
      runner("position: {type: After}"),
      /spec\.runner\.position\.container: After needs the name of an init container$/,
    ],
    "a position before a container that is not named": [
      runner("position: {type: Before}"),
      /spec\.runner\.position\.container: Before needs the name of an init container$/,
    ],
    "a position that takes no container": [
      runner("position: {type: Last, container: a}"),
      /spec\.runner\.position\.container: Last takes no container$/,
    ],
    "a request above its limit": [
      runner("resources: {requests: {cpu: 2}, limits: {cpu: 1}}"),
      /spec\.runner\.resources\.requests\.cpu: requests\.cpu is 2, above limits\.cpu, which is 1$/,
    ],
    "no namespace": [renderSpec("type: Generic", "namespaces: []", GENERIC), /spec\.namespaces: .*>=1/],
    "what no namespace is called": [
      renderSpec("type: Generic", 'namespaces: ["team-*"]', GENERIC),
      /the name of a namespace/,
    ],
  };
  for (const [what, [text, expected]] of Object.entries(EXCLUDING)) {
    it(`is told: ${what}`, () => {
      const [line = "", ...others] = listFaultLines(text);
      assert.match(line, expected);
      assert.deepEqual(others, []);
    });
  }

  it("is told: a container named twice", () => {
    assert.deepEqual(listFaultLines(renderDemo("containers: [app, app]")), [
      `profiles.yaml:${FIRST}:23: spec.generic.containers[1]: container "app" is named twice`,
    ]);
  });

  it("is told: a profile's name that no label can carry, with what a name may be", () => {
    for (const name of ["Demo_1", "a.b", "x".repeat(64), "-a"]) {
      const [line = ""] = listFaultLines(renderDemo().replace("name: demo", `name: ${name}`));
      assert.match(line, /^profiles\.yaml:3:\d+: metadata\.name: lower case letters, digits and '-'/);
    }
  });

  it("is told: another version of the resource", () => {
    const [line = ""] = listFaultLines(renderDemo().replace("v1alpha1", "v1"));
    assert.match(line, /^profiles\.yaml:1:13: apiVersion: .*rollcall\.dev\/v1alpha1/);
  });

  it("is told: an error of YAML, at its line and column", () => {
    const [line = ""] = listFaultLines("spec:\n  demo:\n    kind: generic\n    bad: [1, 2\n  x: y\n");
    assert.match(line, /^profiles\.yaml:5:3: .*flow sequence/i);
    assert.deepEqual(listFaultLines("spec:\n  demo: {}\n  demo: {}\n"), [
      "profiles.yaml:3:3: Map keys must be unique",
    ]);
    assert.match(listFaultLines("spec:\n\tdemo: {}\n")[0] ?? "", /^profiles\.yaml:2:1: .*[Tt]abs/);
  });

  it("is told in the document where it is, and a second profile of one name where it is named", () => {
    const lines = renderDemo().split("\n").length;
    assert.deepEqual(
      listFaultLines(`${renderDemo()}---\n${renderDemo("bogus: 1").replace("demo", "other")}`),
      [`profiles.yaml:${lines + FIRST}:5: spec.generic.bogus: unknown field`],
    );
    assert.deepEqual(listFaultLines(`${renderDemo()}---\n${renderDemo()}`), [
      `profiles.yaml:${lines + 3}:18: metadata.name: a second profile of the name demo`,
    ]);
  });

  it("is looked for in profiles alone: other documents are other people's", () => {
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
      assert.deepEqual(listFaultLines(text), []);
  });
});
