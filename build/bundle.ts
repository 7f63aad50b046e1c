// Bundles the three programs that leave this checkout, into dist/:
//   webhook.mjs   the admission server, for the image `webhook`
//   cli.mjs       the command `rollcall` of the npm package
//   rollcall.mjs  the runner, for the image `init` and for `rollcall try` in an installed package
// Bundled because Node refuses to strip types under node_modules (DESIGN: dependencies).
import { appendFile, rm, stat } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { licencesOf } from "./licences.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
// `rollcall try` in a checkout makes itself a runner elsewhere: node build/bundle.ts FOLDER
const outdir = process.argv[2] ?? join(root, "dist");

// Some dependencies are CommonJS and call require for node's own modules; in an ES module they need one.
const banner =
  'import { createRequire as rollcallCreateRequire } from "node:module"; const require = rollcallCreateRequire(import.meta.url);';

/**
 * Node's modules are loaded where they are first used. esbuild defers what lies behind an `import()` in one file, but
 * lifts that code's imports of node:https and the like to the top of the bundle, where every start would pay for them.
 */
const lateNodeModules: Plugin = {
  name: "late-node-modules",
  setup: ({ onResolve, onLoad }) => {
    const namespace = "late-node-module";
    onResolve({ filter: /^(node:)?[a-z_/0-9]+$/ }, ({ path, kind }) =>
      kind === "import-statement" && isBuiltin(path) ? { path, namespace } : undefined,
    );
    onLoad({ filter: /./, namespace }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
      loader: "js",
    }));
  },
};

/**
 * They start in every pod, and at every command: what a start reads is small, and names stay, so that a stack trace says
 * something.
 */
const small: Omit<BuildOptions, "metafile"> = {
  plugins: [lateNodeModules],
  // ES modules first: of CommonJS nothing can be left out
  mainFields: ["module", "main"],
  minifySyntax: true,
  minifyWhitespace: true,
  // a fault of ours is shown with its line, which must not be the whole program
  lineLimit: 160,
};

const PROGRAMS: readonly { name: string; main: string; more?: Omit<BuildOptions, "metafile"> }[] = [
  { name: "webhook", main: "webhook/main.ts" },
  { name: "cli", main: "webhook/cli/main.ts", more: small },
  { name: "rollcall", main: "init/commands/main.ts", more: small },
];

for (const { name, main, more } of PROGRAMS) {
  const outfile = join(outdir, `${name}.mjs`);
  const legal = `${outfile}.LEGAL.txt`;
  await rm(legal, { force: true });
  const { metafile } = await build({
    entryPoints: [join(root, main)],
    outfile,
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    banner: { js: banner },
    legalComments: "linked",
    metafile: true,
    logLevel: "warning",
    ...more,
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const held = inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
  await appendFile(legal, await licencesOf(held, root));
  console.log(`${name}.mjs ${((await stat(outfile)).size / 1024).toFixed(0)} KiB`);
}
