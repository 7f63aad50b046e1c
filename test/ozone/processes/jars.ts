// The jars for a suite: from the cache, or fetched; without Maven the suite is skipped.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { cachePaths } from "../../e2e/cluster/paths.ts";
import { Shell } from "../../e2e/cluster/process/shell.ts";
import { ozoneJars } from "../maven/jars.ts";

/** @throws where Java or Maven is missing, with what to install */
export async function readyJars(): Promise<string> {
  const missing = ["java", "javac", "mvn"].filter((name) => !isOnPath(name));
  if (missing.length > 0) {
    throw new Error(
      `the programs ${missing.join(", ")} are missing; on Debian: apt-get install openjdk-17-jdk-headless maven`,
    );
  }
  const paths = cachePaths(process.env);
  await mkdir(paths.children, { recursive: true });
  const { signal } = new AbortController();
  const shell = new Shell(paths.children, signal);
  return ozoneJars({ root: paths.root, shell, signal, log: (line) => console.error(`e2e:ozone: ${line}`) });
}

const isOnPath = (name: string): boolean =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));
