// What profiles.yaml is refused for: each fault with the line and column where an editor should jump to.
import assert from "node:assert/strict";
import { demoWith, faultsOf } from "./faults.ts";
import { REFUSALS } from "./refusals.ts";

describe("a fault in profiles.yaml", () => {
  for (const { what, lines, told } of REFUSALS) {
    it(`is told: ${what}`, () => {
      assert.deepEqual(
        faultsOf(demoWith(...lines)),
        told.map((line) => `profiles.yaml:${line}`),
      );
    });
  }

  it("is told: a kind that is missing or that there is not, in one sentence", () => {
    assert.deepEqual(faultsOf("profiles:\n  demo: {namespaces: [x]}\n"), [
      "profiles.yaml:2:9: profiles.demo.kind: kind is missing: generic, otobo or ozone-om",
    ]);
    assert.deepEqual(faultsOf("profiles:\n  demo: {kind: genric, nodeID: 1}\n"), [
      "profiles.yaml:2:16: profiles.demo.kind: there is no such kind; there are generic, otobo or ozone-om",
    ]);
  });

  it("is told: an unknown key, by the kind of its profile", () => {
    const told = (line: string): string =>
      faultsOf(`profiles:\n  x: {namespaces: [x], ${line}}\n`).at(-1) ?? "";
    const om = "kind: ozone-om, serviceId: om";
    assert.match(
      told(`${om}, maxReplica: 5`),
      /2:\d+: profiles\.x\.maxReplica: .*did you mean maxReplicas\?$/,
    );
    assert.match(
      told(`${om}, ports: {rcp: 5}`),
      /unknown key "rcp" in profiles\.x\.ports; did you mean rpc\?$/,
    );
    assert.match(told("kind: otobo, redus: {}"), /unknown key "redus" in profiles\.x; did you mean redis\?$/);
    assert.match(
      told("kind: generic, containers: [a], maxReplicas: 5"),
      /unknown key "maxReplicas" in profiles\.x$/,
    );
  });

  it("is told: fields of the other kinds that exclude each other", () => {
    const desk =
      "kind: otobo, home: {volume: v}, redis: {host: r}, database: {kind: mysql, host: d, secret: s}";
    const told = (line: string): string =>
      faultsOf(`profiles:\n  x: {namespaces: [x], ${line}}\n`).join("\n");
    assert.match(told(`${desk}, articles: s3`), /profiles\.x\.articles: articles in S3 need s3$/);
    assert.match(told(`${desk}, articles: fs`), /articles on an ephemeral home would be lost with the pod/);
    assert.match(told(`${desk}, nodeId: {max: 1000}`), /profiles\.x\.nodeId\.max: .*<=999/);
    assert.match(
      told("kind: ozone-om, serviceId: a, minReplicas: 9"),
      /minReplicas 9 is above maxReplicas 7$/,
    );
  });

  it("is told: a container named twice", () => {
    const text = demoWith().replace("[app]", "[app, app]");
    assert.deepEqual(faultsOf(text), [
      'profiles.yaml:5:23: profiles.demo.containers.1: container "app" is named twice',
    ]);
  });

  it("is told: a profile's name that no label can carry, with what a name may be", () => {
    const [line = ""] = faultsOf(demoWith().replace("demo:", "Demo_1:"));
    assert.match(line, /^profiles\.yaml:3:\d+: profiles\.Demo_1: lower case letters, digits and '-'/);
  });

  it("is told: an error of YAML, at its line and column", () => {
    const [line = ""] = faultsOf("profiles:\n  demo:\n    kind: generic\n    bad: [1, 2\n  x: y\n");
    assert.match(line, /^profiles\.yaml:5:3: .*flow sequence/i);
    assert.deepEqual(faultsOf("profiles:\n  demo: {}\n  demo: {}\n"), [
      "profiles.yaml:3:3: Map keys must be unique",
    ]);
    assert.match(faultsOf("profiles:\n\tdemo: {}\n")[0] ?? "", /^profiles\.yaml:2:1: .*[Tt]abs/);
  });

  it("is told: a second document, at its start", () => {
    const [line = ""] = faultsOf(`${demoWith()}---\n${demoWith()}`);
    assert.match(line, /^profiles\.yaml:6:1: .*multiple documents/);
  });

  it("is told: a file with nothing in it", () => {
    const expected =
      /^profiles\.yaml:1:\d+: expected a map with the key profiles, and below it profiles by name$/;
    for (const text of ["", "\n\n", "# profiles will come\n", "---\n", "null", "[]", "profiles"]) {
      const told = faultsOf(text);
      assert.equal(told.length, 1);
      assert.match(told[0] ?? "", expected);
    }
  });
});
