// Profiles of kind otobo: what is understood, and each refusal at its line and column (issue 9).
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import * as z from "zod";
import { faultsOf, profilesOf } from "./faults.ts";

const folder = fileURLToPath(new URL("otobo", import.meta.url));

const caseFile = z.strictObject({
  /** what the case shows, a sentence */
  shows: z.string(),
  /** lines of the profile beside those that must be there */
  lines: z.array(z.string()),
  /** what is told, without the name of the file; none: it loads */
  told: z.array(z.string()).default([]),
});

const NEEDED = [
  "kind: otobo",
  "namespaces: [helpdesk]",
  "home: {volume: otobo}",
  "database: {kind: mariadb, host: db.helpdesk.svc, secret: otobo-db}",
  "redis: {host: redis.helpdesk.svc}",
];

const S3 = "s3: {endpoint: 'https://s3.helpdesk.svc:9000', bucket: desk, credentialsSecret: otobo-s3}";

/** A key that a case writes takes the place of the one that must be there. */
function profileWith(lines: readonly string[]): string {
  const keyOf = (line: string): string => line.split(":")[0] ?? "";
  const written = new Set(lines.map(keyOf));
  const rest = NEEDED.filter((line) => !written.has(keyOf(line)));
  return ["profiles:", "  desk:", ...[...lines, ...rest].map((line) => `    ${line}`), ""].join("\n");
}

const files = (await readdir(folder)).sort();

describe("a profile of kind otobo, case by case", () => {
  for (const file of files) {
    it(file.replace(".yaml", ""), async () => {
      const { lines, told } = caseFile.parse(parse(await readFile(join(folder, file), "utf8")));
      assert.deepEqual(
        faultsOf(profileWith(lines)),
        told.map((line) => `profiles.yaml:${line}`),
      );
    });
  }
});

describe("a profile of kind otobo", () => {
  it("reserves numbers in the pool of its database", () => {
    const desk = profilesOf(profileWith(["nodeId: {base: 11, size: 5}"])).get("desk");
    const pool = "db.helpdesk.svc:3306/otobo";
    assert.deepEqual(desk?.nodeId, {
      env: "OTOBO_NODE_ID",
      base: 11,
      max: 999,
      pool,
      size: 5,
      writtenSize: 5,
    });
  });

  it("of a web workload reserves none: all of its pods have the daemon's number", () => {
    const desk = profilesOf(profileWith(["daemonId: 7", "containers: [web]", S3])).get("desk");
    const nodeId = { env: "OTOBO_NODE_ID", base: 7, max: 7, pool: null, size: 1, shared: true };
    assert.deepEqual(desk?.nodeId, nodeId);
  });
});
