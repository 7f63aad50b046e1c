// The npm package as users get it: packed, installed globally into an empty prefix, and run by Node 20, which Debian
// and others ship.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { needs } from "../../requirements.ts";
import { runProgram } from "./cli.ts";

/** A folder for PATH with another, older Node.js than the project's. */
async function oldNode(): Promise<string | null> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    if (folder.includes("node_modules") || !has(folder, "node")) continue;
    const { stdout } = await runProgram(join(folder, "node"), ["--version"]);
    if (stdout.startsWith("v20.")) return folder;
  }
  return null;
}

/** The files of dist/ that the command needs; the images use other files. */
const SHIPPED = ["cli.mjs", "cli.mjs.LEGAL.txt", "modules", "rollcall.cjs", "rollcall.cjs.LEGAL.txt"];

/** Of a cluster that does not answer. */
const UNREACHABLE = JSON.stringify({
  "current-context": "none",
  contexts: [{ name: "none", context: { cluster: "none" } }],
  clusters: [{ name: "none", cluster: { server: "https://127.0.0.1:1" } }],
});

const has = (folder: string, name: string): boolean => {
  try {
    return readdirSync(folder).includes(name);
  } catch {
    return false;
  }
};

describe("the npm package", () => {
  it("works after npm pack and a global install under Node 20", async function () {
    this.timeout(170_000);
    const old = await oldNode();
    needs(this, old !== null, "a Node 20 beside the project's own, to install under");
    const folder = await mkdtemp(join(tmpdir(), "rollcall-pack-"));
    // as outside of `npm run`: without our Node.js and npm's variables
    const path = (process.env["PATH"] ?? "")
      .split(delimiter)
      .filter((each) => !each.includes("node_modules"));
    const kept = Object.entries(process.env).filter(([name]) => !/^npm_(?!config_registry)/i.test(name));
    const env = { ...Object.fromEntries(kept), PATH: [old, ...path].join(delimiter) };
    try {
      const packed = await runProgram("npm", ["pack", "--pack-destination", folder], {
        env,
        timeoutMs: 140_000,
      });
      assert.equal(packed.code, 0, packed.stderr);
      const [archive = ""] = await readdir(folder);
      const prefix = join(folder, "prefix");
      const installed = await runProgram(
        "npm",
        ["install", "--global", "--prefix", prefix, join(folder, archive)],
        { env, timeoutMs: 140_000 },
      );
      assert.equal(installed.code, 0, installed.stderr);

      const command = join(prefix, "bin", "rollcall");
      const help = await runProgram(command, ["--help"], { env, cwd: folder });
      assert.equal(help.code, 0, help.stderr);
      assert.match(help.stdout, /rollcall try/);
      const home = join(dirname(dirname(command)), "lib", "node_modules", "rollcall");
      assert.deepEqual(readdirSync(join(home, "dist")).sort(), SHIPPED, "an earlier build's are not shipped");
      const files = ["-f", join(home, "manifests/examples/generic")];
      const tried = await runProgram(command, ["try", ...files, "--run-steps"], { env, cwd: folder });
      assert.equal(tried.code, 0, tried.stderr);
      const kubeconfig = join(folder, "kubeconfig");
      await writeFile(kubeconfig, UNREACHABLE);
      const words = ["doctor", "--kubeconfig", kubeconfig, "--print", "PodDisruptionBudget/rollcall"];
      const printed = await runProgram(command, words, { env, cwd: folder });
      assert.equal(printed.code, 0, printed.stderr);
      assert.match(printed.stderr, /connection refused .*; printed without labels, annotations and caBundle/);
      assert.match(printed.stdout, /^kind: PodDisruptionBudget$/m);
      assert.match(tried.stdout, /web-2\s+2\s+3\s+√ seed done\s+√ data\/\.rollcall\/web-2\.json/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
