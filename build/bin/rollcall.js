#!/usr/bin/env node
// The command as npm installs it. It is plain JavaScript, since it may run under any Node version, and starts the
// program with the pinned Node: the bundle in an installed package, the sources in a checkout.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED = 24;
const { platform, arch } = process;
const root = fileURLToPath(new URL("../..", import.meta.url));

function pinnedNode() {
  const require = createRequire(import.meta.url);
  for (const name of [`node-${platform}-${arch}`, `node-bin-${platform}-${arch}`]) {
    try {
      return join(dirname(require.resolve(`${name}/package.json`)), "bin", "node");
    } catch {
      // not installed under this name; try the next one
    }
  }
  return Number(process.versions.node.split(".")[0]) >= NEEDED ? process.execPath : null;
}

const node = pinnedNode();
if (node === null) {
  console.error(
    `rollcall: there is no Node ${NEEDED} for ${platform} ${arch}: the optional dependency that carries it was not installed ` +
      `(npm --omit=optional?), and this is Node ${process.versions.node}. Install again without omitting it, or run with Node ${NEEDED}.`,
  );
  process.exit(3);
}

const source = join(root, "webhook", "cli", "main.ts");
const program = existsSync(source) ? source : join(root, "dist", "cli.mjs");
const child = spawn(node, [program, ...process.argv.slice(2)], {
  // the channel carries no messages: when it closes, the program knows that this launcher has ended, for whatever
  // reason
  stdio: ["inherit", "inherit", "inherit", "ipc"],
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`rollcall: ${node} could not be started: ${error.message}`);
  process.exit(3);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
