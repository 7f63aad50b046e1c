// A program of the tests' own, with all that it imports, as one file that node runs anywhere.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** @param source the module, as an URL @param outfile where the program goes */
export async function bundleProgram(source: URL, outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(source)],
    outfile,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // some dependencies are CommonJS and call require for node's own modules
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
}
