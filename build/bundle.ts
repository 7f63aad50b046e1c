// Bundles the three released programs into dist/:
//   webhook.mjs   the admission server, for the image `webhook`
//   cli.mjs       the command `rollcall` of the npm package
//   rollcall.cjs  the runner with its modules/, for the image `init` and for `rollcall try` in an installed package
// They must be JavaScript, since Node does not strip types under node_modules.
import { appendFile, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Metafile, type Plugin, transform } from "esbuild";
import { RUNNER_FILES } from "../init/contract/places.ts";
import { collectLicences } from "./collectLicences.ts";
import { LICENCES } from "./images/licences.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
// `rollcall try` in a checkout bundles a runner into a folder: node build/bundle.ts FOLDER
const outdir = resolve(process.argv[2] ?? join(root, "dist"));

// Some dependencies are CommonJS and call `require` for Node's built-in modules; an ES module must define it.
const banner =
  'import { createRequire as rollcallCreateRequire } from "node:module"; const require = rollcallCreateRequire(import.meta.url);';

/**
 * Loads Node's built-in modules at their first use. esbuild defers code behind an `import()`, but moves its imports of
 * node:https and others to the top of the bundle, where every start would pay for them.
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

/** The runner's main module, which contains what every command needs. */
const RUNNER_MAIN = "init/commands/main.ts";

/**
 * Most starts need a tenth of the runner, so lazily imported modules get files of their own. esbuild would add one file
 * for each set of lazy modules that share something. Since each imports the main module, that is one file.
 */
const lateModules: Plugin = {
  name: "late-modules",
  setup: ({ onResolve, onLoad }) => {
    const namespace = "late-module";
    onResolve({ filter: /^\./, namespace: "file" }, ({ path, kind, resolveDir }) => {
      const isOurs = ["init", "presets"].some((folder) => resolveDir.startsWith(join(root, folder)));
      return kind === "dynamic-import" && isOurs ? { path: join(resolveDir, path), namespace } : undefined;
    });
    onLoad({ filter: /./, namespace }, ({ path }) => ({
      contents: `import "./${RUNNER_MAIN}"; export * from ${JSON.stringify(path)}`,
      resolveDir: root,
    }));
  },
};

/** Names are kept, so that stack traces are readable. */
const minified = {
  minifySyntax: true,
  minifyWhitespace: true,
  // an uncaught error prints its line, which must not be the whole program
  lineLimit: 160,
} as const;

/** These programs start in every pod and at every command, so they must be small. */
const small = {
  ...minified,
  // ES modules first: esbuild cannot remove unused parts of CommonJS
  mainFields: ["module", "main"],
} as const satisfies BuildOptions;

/**
 * Converts a file of the runner into a CommonJS module; esbuild splits ES modules only. An ES module costs 3 to 4 ms
 * more CPU time at each start: Node.js starts another loader and initializes what node:fs and node:crypto otherwise
 * defer, such as WebCrypto and worker threads.
 */
async function makeCommonJs(path: string): Promise<void> {
  const { code } = await transform(await readFile(path, "utf8"), {
    ...minified,
    platform: "node",
    target: "node24",
    format: "cjs",
    // import() would start the loader of ES modules
    supported: { "dynamic-import": false },
  });
  await writeFile(path, code);
}

/**
 * Makes the runner start the file of its main module, which lazy modules share. esbuild's own entry file also loads
 * helpers that only lazy modules use: 1.5 of the 45 ms of CPU time of a start.
 */
async function makeStart({ outputs }: Metafile, program: string): Promise<void> {
  const isMain = (output: string): boolean => (outputs[output]?.inputs[RUNNER_MAIN]?.bytesInOutput ?? 0) > 0;
  const main = Object.keys(outputs).find(isMain);
  if (main === undefined) throw new Error(`no output holds ${RUNNER_MAIN}`);
  await writeFile(program, `require("./${relative(outdir, join(root, main))}");\n`);
}

interface BundledProgram {
  name: string;
  main: string;
  isCommonJs?: boolean;
  more?: Omit<BuildOptions, "metafile">;
}

const PROGRAMS: readonly BundledProgram[] = [
  { name: "webhook", main: "webhook/main.ts" },
  { name: "cli", main: "webhook/cli/main.ts", more: { ...small, plugins: [lateNodeModules] } },
  {
    name: "rollcall",
    main: RUNNER_MAIN,
    isCommonJs: true,
    more: {
      ...small,
      plugins: [lateModules],
      splitting: true,
      chunkNames: `${RUNNER_FILES.modules}/[name]-[hash]`,
    },
  },
];

const own = await readFile(join(root, "LICENSE"), "utf8");
await mkdir(join(outdir, LICENCES), { recursive: true });
// file names of an earlier build differ
await rm(join(outdir, RUNNER_FILES.modules), { recursive: true, force: true });

for (const { name, main, isCommonJs = false, more } of PROGRAMS) {
  const extension = isCommonJs ? ".cjs" : ".mjs";
  const outfile = join(outdir, `${name}${extension}`);
  const legal = `${outfile}.LEGAL.txt`;
  const { metafile } = await build({
    entryPoints: { [name]: join(root, main) },
    outdir,
    outExtension: { ".js": extension },
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    banner: isCommonJs ? {} : { js: banner },
    legalComments: "external",
    metafile: true,
    logLevel: "warning",
    ...more,
  });
  const outputs = Object.keys(metafile.outputs);
  const programs = outputs.filter((path) => path.endsWith(extension)).map((path) => join(root, path));
  if (isCommonJs) {
    for (const path of programs) await makeCommonJs(path);
    await makeStart(metafile, outfile);
  }
  const texts = outputs.filter((path) => path.endsWith(".LEGAL.txt"));
  const comments = await Promise.all(texts.map((path) => readFile(join(root, path), "utf8")));
  for (const path of texts) await rm(join(root, path));
  await writeFile(legal, comments.join("\n"));
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const held = inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
  const { packages, text } = await collectLicences(held, root);
  await appendFile(legal, text);
  await writeFile(join(outdir, LICENCES, `${name}.txt`), `${own}\n----\n\n${await readFile(legal, "utf8")}`);
  await writeFile(join(outdir, LICENCES, `${name}.json`), `${JSON.stringify(packages, null, 2)}\n`);
  const sizes = await Promise.all(programs.map(async (path) => (await stat(path)).size));
  console.log(`${name}${extension} ${(sizes.reduce((sum, size) => sum + size, 0) / 1024).toFixed(0)} KiB`);
}
