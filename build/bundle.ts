// Bundles the three programs that leave this checkout, into dist/:
//   webhook.mjs   the admission server, for the image `webhook`
//   cli.mjs       the command `rollcall` of the npm package
//   rollcall.mjs  the runner, for the image `init` and for `rollcall try` in an installed package
// Bundled because Node refuses to strip types under node_modules (DESIGN: dependencies).
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
// `rollcall try` in a checkout makes itself a runner elsewhere: node build/bundle.ts FOLDER
const outdir = process.argv[2] ?? `${root}dist`;

// Some dependencies are CommonJS and call require for node's own modules; in an ES module they need one.
const banner =
  'import { createRequire as rollcallCreateRequire } from "node:module"; const require = rollcallCreateRequire(import.meta.url);';

await build({
  entryPoints: {
    webhook: `${root}webhook/main.ts`,
    cli: `${root}webhook/cli/main.ts`,
    rollcall: `${root}init/commands/main.ts`,
  },
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  banner: { js: banner },
  legalComments: "linked",
  logLevel: "warning",
});
