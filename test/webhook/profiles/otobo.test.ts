// Profiles of type Otobo: compiled profiles, and faults with line and column.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import * as z from "zod";
import { buildProfile, formatProfileFaults, loadOrThrow } from "./faults.ts";

const folder = fileURLToPath(new URL("otobo", import.meta.url));

const caseFile = z.strictObject({
  /** what the case shows */
  shows: z.string(),
  /** lines of spec.otobo in addition to the required ones */
  lines: z.array(z.string()),
  /** lines of the spec */
  spec: z.array(z.string()).default([]),
  /** faults without the file name; none: the profile loads */
  told: z.array(z.string()).default([]),
});

const NEEDED = [
  "home: {volume: otobo, mode: Ephemeral}",
  "database: {type: MariaDB, host: db.helpdesk.svc, passwordSecretName: otobo-db}",
  "redis: {host: redis.helpdesk.svc}",
  "scaleDown: {policy: Managed, minReplicas: 1}",
];

const S3 = "s3: {endpoint: 'https://s3.helpdesk.svc:9000', bucket: desk, credentialsSecretName: otobo-s3}";

/** A key of a case replaces the required line of the same key. */
function buildOtobo(lines: readonly string[], spec: readonly string[] = []): string {
  const readKey = (line: string): string => line.split(":")[0] ?? "";
  const written = new Set(lines.map(readKey));
  const rest = NEEDED.filter((line) => !written.has(readKey(line)));
  const fields = [...lines, ...rest].map((line) => `  ${line}`);
  return buildProfile("otobo:", ...fields, "type: Otobo", "namespaces: [helpdesk]", ...spec);
}

const files = (await readdir(folder)).sort();

describe("a profile of type Otobo, case by case", () => {
  for (const file of files) {
    it(file.replace(".yaml", ""), async () => {
      const { lines, spec, told } = caseFile.parse(parse(await readFile(join(folder, file), "utf8")));
      assert.deepEqual(
        formatProfileFaults(buildOtobo(lines, spec)),
        told.map((line) => `profiles.yaml:${line}`),
      );
    });
  }
});

describe("a profile of type Otobo", () => {
  it("reserves numbers in the pool of its database", () => {
    const desk = loadOrThrow(buildOtobo(["nodeID: {base: 11, size: 5}"])).get("demo");
    const pool = "db.helpdesk.svc:3306/otobo";
    assert.deepEqual(desk?.nodeId, {
      env: "OTOBO_NODE_ID",
      value: "number",
      base: 11,
      max: 999,
      pool,
      size: 5,
      writtenSize: 5,
    });
  });

  it("of a workload without daemon requires redis, and otherwise none", () => {
    const withoutRedis = (...lines: string[]) =>
      formatProfileFaults(buildOtobo(lines).replace(/^ *redis: .*\n/m, ""));
    assert.deepEqual(withoutRedis(), []);
    const [fault = ""] = withoutRedis("daemonID: 7", "containers: [web]", S3);
    assert.match(fault, /spec\.otobo\.daemonID: a workload without daemon requires redis: other pods would/);
  });

  it("without redis caches in files, whatever Config.pm says", () => {
    const [desk] = loadOrThrow(buildOtobo([]).replace(/^ *redis: .*\n/m, "")).values();
    const env = Object.fromEntries((desk?.env ?? []).map(({ name, value }) => [name, value]));
    assert.deepEqual(env["OTOBO_CACHE_MODULE"], ["Kernel::System::Cache::FileStorable"]);
    assert.equal(env["OTOBO_REDIS_SERVER"], undefined);
  });

  it("of a workload without daemon reserves no numbers: all of its pods have the daemon's number", () => {
    const desk = loadOrThrow(buildOtobo(["daemonID: 7", "containers: [web]", S3])).get("demo");
    const nodeId = {
      env: "OTOBO_NODE_ID",
      value: "number",
      base: 7,
      max: 7,
      pool: null,
      size: 1,
      shared: true,
    };
    assert.deepEqual(desk?.nodeId, nodeId);
  });
});
