// Bundles a test program with its imports into one file that node runs anywhere.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** @param source URL of the module @param outfile path of the bundled program */
export async function bundleProgram(source: URL, outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(source)],
    outfile,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // some dependencies are CommonJS and call `require` for Node's built-in modules
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
}
