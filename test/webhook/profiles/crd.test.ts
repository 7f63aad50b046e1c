// The custom resource definition matches the schema that it is generated from.
import assert from "node:assert/strict";
import { parse } from "yaml";
import * as z from "zod";
import { buildCrd, writeCrd } from "../../../build/crd.ts";
import { profileSpec } from "../../../webhook/profiles/schema.ts";

interface Schema {
  [keyword: string]: unknown;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  required?: string[];
  pattern?: string;
  enum?: string[];
}

interface Definition {
  spec: { versions: [{ schema: { openAPIV3Schema: { properties: { spec: Schema } } } }] };
}

const spec = (buildCrd() as unknown as Definition).spec.versions[0].schema.openAPIV3Schema.properties.spec;

/** All fields of a schema by path; items of a list have the list's path and []. */
function listFields(schema: Schema, path: string): [path: string, field: Schema][] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, field]): [string, Schema][] => [
    [`${path}.${name}`, field],
    ...listFields(field, `${path}.${name}`),
  ]);
  const { items, additionalProperties: others } = schema;
  return [
    ...below,
    ...(items === undefined
      ? []
      : [[`${path}[]`, items] as [string, Schema], ...listFields(items, `${path}[]`)]),
    ...(typeof others === "object" ? listFields(others, `${path}.*`) : []),
  ];
}

const fields = listFields(spec, "spec");

describe("the custom resource definition", () => {
  it("has every field of the schema with the same type, default and required fields", () => {
    const written = listFields(z.toJSONSchema(profileSpec, { io: "input" }) as Schema, "spec");
    assert.ok(written.length > 150, `only ${written.length} fields`);
    const known = new Map(fields);
    assert.deepEqual(
      written.map(([path]) => path),
      [...known.keys()],
    );
    for (const [path, { type, required, default: byDefault, enum: values }] of written) {
      const field = known.get(path);
      assert.deepEqual(
        [field?.["type"], field?.required, field?.["default"], field?.enum],
        [type, required, byDefault, values],
        path,
      );
    }
  });

  it("describes every field", () => {
    const undescribed = fields.filter(([path, { description }]) => !path.endsWith("[]") && !description);
    assert.deepEqual(
      undescribed.map(([path]) => path),
      [],
    );
  });

  it("has only anchored patterns that Go supports", () => {
    const patterns = fields.flatMap(([path, { pattern }]) =>
      pattern === undefined ? [] : [[path, pattern] as const],
    );
    assert.ok(patterns.length > 20, `only ${patterns.length}`);
    for (const [path, pattern] of patterns) {
      // RE2 has no look-around, no back reference, no named groups of JavaScript's form, no \u and \c
      assert.doesNotMatch(pattern, /\(\?(?!:|P<|[imsU]+[:)])|\\[1-9ukcZ]/, `${path}: ${pattern}`);
      assert.match(pattern, /^\^/, `${path}: ${pattern}`);
      // RE2 rejects more than a thousand repetitions
      for (const [, least, most = least] of pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g))
        assert.ok(Number(least) <= 1000 && Number(most) <= 1000, `${path}: ${pattern}`);
    }
  });

  it("has only valid defaults, and none for required fields", () => {
    let count = 0;
    for (const [path, field] of [["spec", spec] as [string, Schema], ...fields]) {
      for (const [name, below] of Object.entries(field.properties ?? {})) {
        if (below["default"] === undefined) continue;
        count += 1;
        assert.ok(field.required?.includes(name) !== true, `${path}.${name}`);
        const read = z.fromJSONSchema(below as z.core.JSONSchema.JSONSchema).safeParse(below["default"]);
        assert.ok(
          read.success,
          `${path}.${name}: ${JSON.stringify(below["default"])} ${read.error?.message}`,
        );
      }
    }
    assert.ok(count > 40, `only ${count}`);
  });

  it("has no defaults for protective fields, so a misspelled field cannot weaken them", () => {
    for (const path of ["spec.generic", "spec.otobo", "spec.ozoneOM"]) {
      const { required, "x-kubernetes-validations": rules } = new Map(fields).get(path) ?? {};
      // clients of a ring have none
      const isRequired =
        required?.includes("scaleDown") ||
        JSON.stringify(rules).includes(": has(self.metadata) && has(self.scaleDown)");
      assert.ok(isRequired, path);
      const scaleDown = new Map(fields).get(`${path}.scaleDown`);
      assert.deepEqual(
        [scaleDown?.required, scaleDown?.properties?.["minReplicas"]?.["default"]],
        [["policy"], undefined],
      );
      assert.ok(
        JSON.stringify(scaleDown?.["x-kubernetes-validations"]).includes("has(self.minReplicas)"),
        path,
      );
    }
    for (const path of ["spec.generic.steps[]", "spec.generic.nodeID", "spec"]) {
      const { required } = path === "spec" ? spec : (new Map(fields).get(path) ?? {});
      const wanted = { "spec.generic.steps[]": "scope", "spec.generic.nodeID": "max", spec: "namespaces" }[
        path
      ];
      assert.ok(required?.includes(wanted ?? ""), path);
    }
  });

  it("has no enum value that YAML 1.1, which kubectl reads, parses as another type", () => {
    const values = fields.flatMap(([path, field]) =>
      (field.enum ?? []).map((value) => [path, value] as const),
    );
    assert.ok(values.length > 40, `only ${values.length}`);
    for (const [path, value] of values) assert.equal(parse(value, { version: "1.1" }), value, path);
  });

  it("parses alike as YAML 1.1 and 1.2", () => {
    for (const version of ["1.1", "1.2"] as const)
      assert.deepEqual(parse(writeCrd(), { version, intAsBigInt: false }), buildCrd());
  });

  it("declares lists of names as sets, and lists of named objects as maps by name", () => {
    const lists = fields.filter(([, { type }]) => type === "array");
    const kinds = Object.fromEntries(
      lists.map(([path, field]) => [path, field["x-kubernetes-list-type"] ?? "atomic"]),
    );
    assert.deepEqual(
      [
        "namespaces",
        "generic.containers",
        "generic.s3.usedBy",
        "otobo.containers",
        "ozoneOM.containers",
        "ozoneOM.scmURLs",
      ].map((path) => kinds[`spec.${path}`]),
      Array.from({ length: 6 }, () => "set"),
    );
    assert.deepEqual([kinds["spec.generic.env"], kinds["spec.generic.steps"]], ["map", "map"]);
    assert.equal(
      kinds["spec.generic.steps[].run"],
      "atomic",
      "arguments may repeat, and their order matters",
    );
  });
});
