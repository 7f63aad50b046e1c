// docs/operations.md lists exactly the existing metrics, settings, webhooks and roles.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";
import { readPage } from "./markdown.ts";

const page = await readPage("docs/operations.md");
const read = (path: string): Promise<string> => readFile(join(REPOSITORY_ROOT, path), "utf8");

/** The names of one kind in a text, sorted. */
const namesIn = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name))].sort();

/** The rows of the table that follows a heading, as cells. */
function rowsUnder(heading: string): string[][] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  assert.ok(rows.length > 1, `no table under ${heading}`);
  return rows.slice(1).map((row) => row.slice(2, -2).split(" | "));
}

interface Webhook {
  readonly name: string;
  readonly failurePolicy: string;
  readonly timeoutSeconds: number;
}

describe("docs/operations.md", () => {
  it("lists the metrics of the webhook", async () => {
    const source = await read("webhook/server/metrics.ts");
    const listed = rowsUnder("Metrics and alerts").flatMap(([name = ""]) => namesIn(name, /(rollcall_\w+)/g));
    assert.deepEqual(listed.sort(), namesIn(source, /"(rollcall_\w+)"/g));
  });

  it("uses only listed metrics in its alerts", () => {
    const alerts = page.split("```yaml run file=alerts.yaml\n")[1]?.split("```")[0] ?? "";
    const used = namesIn(alerts, /\b(rollcall_\w+?)(?:_bucket)?\b(?=[{[)\s])/g);
    assert.ok(used.length > 4, used.join(" "));
    const listed = rowsUnder("Metrics and alerts").map(([name = ""]) => name.replaceAll("`", ""));
    assert.deepEqual(
      used.filter((name) => !listed.includes(name)),
      [],
    );
  });

  it("lists the settings of the webhook", async () => {
    const source = await read("webhook/server/config.ts");
    const listed = rowsUnder("Settings").flatMap(([names = ""]) => namesIn(names, /`(ROLLCALL_\w+)`/g));
    assert.deepEqual(listed.sort(), namesIn(source, /^ {2}(ROLLCALL_\w+):/gm));
  });

  it("describes each webhook as the manifests define it", async () => {
    const documents = parseAllDocuments(await read("manifests/base/webhooks.yaml"), { merge: true });
    const webhooks = documents.flatMap((document) => (document.toJS() as { webhooks: Webhook[] }).webhooks);
    const listed = rowsUnder("Failure policies").map(([name = "", , policy = "", timeout]) => [
      name.replaceAll("`", ""),
      policy.replaceAll("*", ""),
      timeout,
    ]);
    const wanted = webhooks.map(({ name, failurePolicy, timeoutSeconds }) => [
      name,
      failurePolicy === "Fail" ? "denied" : "allowed",
      `${timeoutSeconds} s`,
    ]);
    assert.deepEqual(listed, wanted);
  });

  it("lists the cluster roles of the base", async () => {
    const files = ["rbac", "override", "viewer"].map((name) => read(`manifests/base/${name}.yaml`));
    const text = (await Promise.all(files)).join("\n---\n");
    const roles = parseAllDocuments(text)
      .map((document) => document.toJS() as { kind: string; metadata: { name: string } })
      .filter(({ kind }) => kind === "ClusterRole")
      .map(({ metadata }) => metadata.name);
    const listed = rowsUnder("Rights").map(([name = ""]) => name.replaceAll("`", ""));
    assert.deepEqual(listed.sort(), roles.sort());
  });

  it("states the lifetimes of certificates", async () => {
    const source = await read("webhook/tls/selfSigned.ts");
    const days = (name: string): string => new RegExp(`const ${name} = (\\d+);`).exec(source)?.[1] ?? "";
    const [leaf = [], ca = []] = rowsUnder("Certificates");
    assert.equal(leaf[1], `${days("LEAF_DAYS")} days`);
    assert.equal(leaf[2], `${(Number(days("LEAF_DAYS")) * 2) / 3} days`);
    assert.equal(ca[1], `${days("CA_DAYS")} days`);
  });
});
