// Real Ozone 2.2.0: its jars from Maven Central in the project's cache, each verified by its checksum. Central lacks
// one parent pom, which a minimal pom of ours replaces (docs/research/ozone.md#measured-with-processes).
import { readFileSync } from "node:fs";
import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Cache, ensurePart } from "../../../e2e/cluster/cache/ensure.ts";
import { computeFileSha256 } from "../../../e2e/cluster/cache/entry.ts";
import { type CachePart, computeRecipeDigest, type Work } from "../../../e2e/cluster/cache/part.ts";
import { ensurePackages, type InstallPolicy } from "../../../e2e/cluster/host/packages.ts";

const HERE = import.meta.dirname;
const COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";
const INSTALL = "org.apache.maven.plugins:maven-install-plugin:3.1.1:install-file";
const LIMIT_MS = 15 * 60_000;

const text = (name: string): string => readFileSync(join(HERE, name), "utf8");

/** Missing packages are installed if ROLLCALL_INSTALL=1. */
export const installPolicy = (): InstallPolicy => ({
  allowed: process.env["ROLLCALL_INSTALL"] === "1",
  log: (line) => console.error(`e2e:ozone: ${line}`),
});

/** The folder of the jars, downloaded unless the cache has a complete one. */
export function ensureOzoneJars(cache: Cache): Promise<string> {
  return ensurePart(cache, part(), "size");
}

function part(): CachePart {
  const pins = [text("pom.xml"), text("parent/pom.xml"), text("jars.sha256"), COPY, INSTALL];
  return {
    name: "ozone",
    digest: computeRecipeDigest(pins),
    title: "Ozone 2.2.0: 197 jars, 227 MB, from Maven Central",
    needs: [],
    build,
  };
}

async function build({ out, shell }: Work): Promise<void> {
  await ensurePackages(shell, [{ package: "maven", anyOf: ["mvn"] }], installPolicy());
  // a separate repository, so that nothing comes from ~/.m2
  const repository = join(out, ".m2");
  const maven = (file: string, ...words: readonly string[]): Promise<string> =>
    shell.must("mvn", ["-B", "-q", `-Dmaven.repo.local=${repository}`, "-f", file, ...words], {
      nice: true,
      timeoutMs: LIMIT_MS,
    });
  const work = join(out, ".work");
  await mkdir(work);
  const parent = join(work, "pom.xml");
  await copyFile(join(HERE, "parent/pom.xml"), parent);
  await maven(parent, INSTALL, `-Dfile=${parent}`, `-DpomFile=${parent}`, "-Dpackaging=pom");
  await copyFile(join(HERE, "pom.xml"), parent);
  await maven(parent, COPY, "-DincludeScope=runtime", `-DoutputDirectory=${out}`);
  for (const folder of [repository, work]) await rm(folder, { recursive: true, force: true });
  await check(out);
}

async function check(folder: string): Promise<void> {
  const expected = new Map(
    text("jars.sha256")
      .trim()
      .split("\n")
      .map((line): [string, string] => [line.slice(66), line.slice(0, 64)]),
  );
  const found = await readdir(folder);
  const strange = found.filter((name) => !expected.has(name));
  if (strange.length > 0) throw new Error(`Maven gave what jars.sha256 does not list: ${strange.join(", ")}`);
  for (const [name, sha256] of expected) {
    if (!found.includes(name)) throw new Error(`Maven did not give ${name}, which jars.sha256 lists`);
    if ((await computeFileSha256(join(folder, name))) !== sha256)
      throw new Error(`${name} is not what jars.sha256 lists`);
  }
}
