// To be run by hand after a version in pins.ts has changed: `node test/e2e/cluster/image/pin.ts [NAME...]` updates the
// go.mod and go.sum of each named module (or of all); ROLLCALL_KUBERNETES=1.33 chooses which version `kubernetes` is. Needs
// Go 1.24 and a module proxy; Go verifies downloads against the checksum database, and later builds verify them against
// go.sum.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { goEnv, resolveModuleFolder } from "./gobuild.ts";
import { type GoModule, importPaths } from "./gomodule.ts";
import { GO, KUBERNETES, MODULES, TEST_TOOLS } from "./pins.ts";

const pins: Readonly<Record<string, GoModule>> = { ...MODULES, ...TEST_TOOLS };
const asked = process.argv.slice(2);

// pins that share a folder are written together
const byFolder = Object.groupBy(Object.entries(pins), ([name, { folder = name }]) => folder);

for (const [folderName, sharing = []] of Object.entries(byFolder)) {
  const [first] = sharing;
  if (first === undefined || (asked.length > 0 && !sharing.some(([name]) => asked.includes(name)))) continue;
  const [name, pin] = first;
  const packages = sharing.flatMap(([, shared]) =>
    importPaths(shared).map((path) => `${path}@v${shared.version}`),
  );
  const folder = resolveModuleFolder(name, pin);
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, "go.sum"), { force: true });
  writeFileSync(join(folder, "go.mod"), goMod(name));
  // -tool: adds a package as a tool of the module, so that no Go file has to import it.
  go(["get", "-tool", ...packages], folder, pin);
  console.log(`${folderName}: ${packages.join(" ")}`);
}

function goMod(name: string): string {
  const head = `module rollcall.dev/cluster/${name}\n\ngo ${GO}\n`;
  return name === "kubernetes"
    ? `${head}\ngodebug default=go${GO.slice(0, 4)}\n\n${stagingReplaces()}`
    : head;
}

/**
 * Kubernetes' go.mod replaces its staging modules by local folders, which a module does not contain; they are released
 * as v0.MINOR.
 */
function stagingReplaces(): string {
  const kubernetes = `${MODULES.kubernetes.module}@v${KUBERNETES}`;
  const download = go(["mod", "download", "-json", kubernetes], "/", MODULES.kubernetes);
  const { GoMod } = JSON.parse(download) as { GoMod: string };
  const staged = [...readFileSync(GoMod, "utf8").matchAll(/^\s+(k8s\.io\/[a-z-]+) => \.\//gm)].map(
    (match) => match[1],
  );
  const version = `v0.${KUBERNETES.split(".").slice(1).join(".")}`;
  return staged.map((path) => `replace ${path} => ${path} ${version}\n`).join("");
}

function go(args: readonly string[], cwd: string, pin: GoModule): string {
  const env = { ...process.env, ...goEnv(pin), GOFLAGS: "-mod=mod" };
  const result = spawnSync("go", args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (result.status !== 0) throw new Error(`go ${args.join(" ")} ended with ${result.status}`);
  return result.stdout;
}
