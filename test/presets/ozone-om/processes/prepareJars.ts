// What the suites need of the machine: a JDK, and Ozone's jars from the cache, or fetched by Maven where it has none.
// What is missing is installed where ROLLCALL_INSTALL=1 says so, and fails with the command that helps where not.
import { mkdir } from "node:fs/promises";
import { ensurePackages, type Requirement } from "../../../e2e/cluster/host/packages.ts";
import { cachePaths } from "../../../e2e/cluster/paths.ts";
import { Shell } from "../../../e2e/cluster/process/shell.ts";
import { ensureOzoneJars, installPolicy } from "../maven/jars.ts";

/** javac, since the client of the tests is started from its source. */
const JDK: Requirement = { package: "openjdk-17-jdk-headless", anyOf: ["javac"] };

/** @throws where something is missing, with what to install */
export async function prepareJars(): Promise<string> {
  const paths = cachePaths(process.env);
  await mkdir(paths.children, { recursive: true });
  const { signal } = new AbortController();
  const shell = new Shell(paths.children, signal);
  const policy = installPolicy();
  await ensurePackages(shell, [JDK], policy);
  return ensureOzoneJars({ root: paths.root, shell, signal, log: policy.log });
}
