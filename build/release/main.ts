// `npm run release`: makes everything that a release has, and publishes nothing (README.md in this folder).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import * as z from "zod";
import { ALL_ARCHITECTURES } from "../images/arch.ts";
import { runProcess } from "../images/command.ts";
import { parseRegistry } from "../images/options.ts";
import { ROOT, readNodePin, readOwnVersion } from "../images/pins.ts";
import { BuildProblem, runMain } from "../images/problem.ts";
import { prepareRuntime } from "../images/runtime.ts";
import { makeRelease } from "./makeRelease.ts";

const USAGE = `npm run release -- --registry R [--out DIR]
Makes everything that a release has, for amd64 and arm64, and publishes nothing: both images as OCI archives, their bills
of materials, install.yaml, the charts, the npm package, and checksums.

  --registry R   the first part of the images' names, which the manifests and the charts get, too
  --out DIR      the folder to make (dist/release)
  --help         this text
`;

const log = (line: string): void => console.error(line);

async function main(words: readonly string[]): Promise<number> {
  const { values } = readWords(words);
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values.registry === undefined) throw new BuildProblem(`--registry is missing\n\n${USAGE}`, 2);
  const registry = parseRegistry(values.registry);
  const version = await readOwnVersion();
  await checkNode();
  const revision = await readRevision(version);
  await runProcess([process.execPath, join(ROOT, "build/bundle.ts")]);
  const out = resolve(values.out);
  const bundles = join(ROOT, "dist");
  const runtimes = [];
  for (const arch of ALL_ARCHITECTURES) runtimes.push(await prepareRuntime(arch));
  const scratch = await mkdtemp(join(tmpdir(), "rollcall-release-"));
  try {
    const npmPackage = await packNpm(scratch);
    await makeRelease({ registry, runtimes, version, revision, bundles, npmPackage, out, log });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  console.log(out);
  return 0;
}

function readWords(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        registry: { type: "string" },
        out: { type: "string", default: "dist/release" },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new BuildProblem(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, 2);
  }
}

const PACKED = z.tuple([z.object({ filename: z.string() })]);

/**
 * Packs the npm package; npm sets all times and owners in it. The programs are in dist/ already, so it runs no script.
 * @returns its path
 */
async function packNpm(to: string): Promise<string> {
  const words = ["npm", "pack", "--json", "--ignore-scripts", `--pack-destination=${to}`] as const;
  const [{ filename }] = PACKED.parse(JSON.parse(await runProcess(words, { cwd: ROOT })));
  return join(to, filename);
}

/** The libraries of the Node.js in the images are read from the one that runs. */
async function checkNode(): Promise<void> {
  for (const arch of ALL_ARCHITECTURES) {
    const { version } = await readNodePin(arch);
    if (`v${version}` !== process.version)
      throw new BuildProblem(
        `this is Node.js ${process.version}, and the images have v${version}: run \`npm run release\`, which uses that one`,
        2,
      );
  }
}

/** The commit, with the suffix "-changed" if files differ from it. */
async function readRevision(version: string): Promise<string> {
  const git = (...words: string[]): Promise<string> => runProcess(["git", ...words], { cwd: ROOT });
  const commit = (await git("rev-parse", "HEAD")).trim();
  const changed = (await git("status", "--porcelain", "--untracked-files=no")).trim();
  if (changed !== "") log(`warning: the checkout has changes that are not committed:\n${changed}`);
  const tags = (await git("tag", "--points-at", "HEAD")).split("\n");
  if (!tags.includes(`v${version}`)) log(`warning: this commit has no tag v${version}`);
  return changed === "" ? commit : `${commit}-changed`;
}

await runMain(main);
