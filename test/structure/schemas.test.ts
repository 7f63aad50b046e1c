// One schema for each object: the sources have no duplicates, and duplicates are found.
import assert from "node:assert/strict";
import { describeDuplicate, findDuplicateSchemas, readSchemaSources, SCHEMA_EXCEPTIONS } from "./schemas.ts";

const SHAPE = `import { flag, list, nullish, object, optional, text } from "../../init/contract/shape.ts";\n`;

/** The findings in two files. */
const findIn = (first: string, second: string): string[] =>
  findDuplicateSchemas([
    { path: "webhook/a.ts", text: SHAPE + first },
    { path: "init/b.ts", text: SHAPE + second },
  ]).map(describeDuplicate);

const OWNER = `const owner = object({ kind: text(), name: text(), controller: nullish(flag()) });`;

describe("duplicate schemas", () => {
  it("do not exist", async () => {
    const sources = await readSchemaSources();
    assert.ok(sources.length > 300, "the sources were not read");
    assert.deepEqual(findDuplicateSchemas(sources).map(describeDuplicate), []);
  });

  it("are excused only if they exist", async () => {
    const sources = await readSchemaSources();
    const found = findDuplicateSchemas(sources, []);
    for (const { path, name } of SCHEMA_EXCEPTIONS) {
      const isNeeded = found.some((duplicate) =>
        [duplicate.first, duplicate.second].some(
          (schema) => schema.path === path && (name === undefined || schema.name === name),
        ),
      );
      assert.ok(isNeeded, `the exception for ${path} excuses nothing`);
    }
  });

  it("are found in part of another object, with other readers, and through optional", () => {
    const part = `const pod = object({ metadata: object({ owners: list(object({ name: optional(text()), controller: flag() })) }) });`;
    assert.deepEqual(findIn(OWNER, part), [
      "webhook/a.ts:2 owner and init/b.ts:2 pod.metadata.owners both define controller, name",
    ]);
  });

  it("are found in zod, in casts and in fields that are read by hand", () => {
    const zod = `const owner = z.looseObject({ name: z.string().min(1), controller: z.boolean().optional() });`;
    const cast = `const read = (value) => (value as { name: string; controller: boolean }).name;`;
    const hand = `const read = (value) => [value["name"], value["controller"]];`;
    for (const second of [zod, cast, hand]) assert.equal(findIn(OWNER, second).length, 1, second);
  });

  it("are found if readers are constants of the file", () => {
    const second = `const name = text(); const yes = flag(); const owned = object({ name, controller: yes, other: name });`;
    assert.equal(findIn(OWNER, second).length, 1);
  });

  it("are not references to a reader elsewhere", () => {
    const second = `import { META, owner } from "./owner.ts"; const pod = object({ name: META.name, controller: optional(META.controller), owner });`;
    assert.deepEqual(findIn(OWNER, second), []);
  });

  it("are not two objects that share one field name", () => {
    const second = `const service = object({ metadata: object({ name: text(), type: text(), ports: list(text()) }) });`;
    assert.deepEqual(findIn(OWNER, second), []);
  });

  it("are not the variants of one union", () => {
    const union = `const patch = z.union([z.object({ op: z.string(), path: z.string() }), z.object({ op: z.string(), path: z.string() })]);`;
    assert.deepEqual(findIn(union, ""), []);
  });
});
