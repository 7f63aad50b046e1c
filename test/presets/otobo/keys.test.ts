// Every configuration key of OTOBO in keys.yaml is a field of the profile, set by the preset, or listed in
// docs/otobo.md as left alone, with the reason.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { FILE_SETTINGS, MADE_SETTINGS, PLAIN_SETTINGS } from "../../../presets/otobo/contract/settings.ts";
import { otobo } from "../../../presets/otobo/profile/schema.ts";
import { withBlock } from "../../../presets/otobo/runner/block.ts";
import { renderProfileYaml } from "../../profileYaml.ts";
import { REPOSITORY_ROOT } from "../../webhook/cli/cli.ts";
import { loadOrThrow } from "../../webhook/profiles/faults.ts";

const row = z.strictObject({
  key: z.string(),
  facts: z.string().min(1),
  field: z.string().optional(),
  preset: z.literal(true).optional(),
});

const rows = z
  .array(row)
  .parse(parse(await readFile(join(REPOSITORY_ROOT, "test/presets/otobo/keys.yaml"), "utf8")));
const alone = rows.filter(({ field, preset }) => field === undefined && preset === undefined);
const given = rows.filter((each) => !alone.includes(each));

/** The variable for each key of OTOBO. */
const BY_KEY = new Map(
  Object.entries({ ...PLAIN_SETTINGS, ...FILE_SETTINGS, ...MADE_SETTINGS }).map(([name, key]) => [key, name]),
);

/** A profile with every field and group. */
const WHOLE = renderProfileYaml("desk", {
  type: "Otobo",
  namespaces: ["demo"],
  otobo: {
    home: { volume: "otobo", mode: "Ephemeral" },
    database: { type: "MariaDB", host: "db", passwordSecretName: "db" },
    redis: { host: "redis" },
    s3: {
      endpoint: "http://s3:9000",
      bucket: "desk",
      credentialsSecretName: "keys",
      caBundle: "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
    },
    loader: "None",
    scaleDown: { policy: "Managed", minReplicas: 1 },
  },
});

interface Schema {
  properties?: Record<string, Schema>;
}

/** The fields of the schema, by dotted path. */
function hasField(path: string): boolean {
  let at: Schema | undefined = z.toJSONSchema(otobo, { io: "input" }) as Schema;
  for (const part of path.split(".")) at = at?.properties?.[part];
  return at !== undefined;
}

describe("OTOBO's configuration keys", () => {
  const [desk] = loadOrThrow(WHOLE).values();
  const env = new Set(["OTOBO_NODE_ID", ...(desk?.env ?? []).map(({ name }) => name)]);
  const block = withBlock("1;\n");

  for (const { key, field, preset } of given) {
    it(`${key} is ${field === undefined ? "the preset's" : `the field ${field}`}`, () => {
      assert.notEqual(field !== undefined, preset === true, "a field, or the preset's: one of the two");
      if (field !== undefined) assert.ok(hasField(field), `the schema has no ${field}`);
      const variable = key.startsWith("MOJO_") ? key : BY_KEY.get(key as never);
      if (variable !== undefined) assert.ok(env.has(variable), `no container gets ${variable}`);
      // not by a variable, but by the text of the block
      else assert.ok("text" in block && block.text.includes(`${key.replace("###", "}->{")}}`), key);
    });
  }

  it("are listed exactly once if the preset sets them", () => {
    const keys = rows.map(({ key }) => key);
    assert.deepEqual(
      [...BY_KEY.keys()].filter((key) => !keys.includes(key)),
      [],
    );
    assert.deepEqual(keys, [...new Set(keys)]);
    assert.equal(keys.filter((key) => key.startsWith("Storage::S3::")).length, 11);
  });

  it("that are left alone are exactly those in docs/otobo.md, each with a reason", async () => {
    const text = await readFile(join(REPOSITORY_ROOT, "docs/otobo.md"), "utf8");
    const [, section = ""] = text.split("\n## Left alone\n");
    const told = [...(section.split("\n## ")[0] ?? "").matchAll(/^\| (`.*) \| (.*) \|$/gm)];
    const names = told.flatMap(([, cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    assert.deepEqual(
      names,
      alone.map(({ key }) => key),
    );
    for (const [line, , reason = ""] of told) assert.ok(reason.split(" ").length > 2, line);
  });
});
