// Requirements of the suites: a JDK, and Ozone's jars from the cache or from Maven. Missing packages are installed if
// ROLLCALL_INSTALL=1, and are otherwise an error with the command that installs them.
import { mkdir } from "node:fs/promises";
import { ensurePackages, type Requirement } from "../../../e2e/cluster/host/packages.ts";
import { cachePaths } from "../../../e2e/cluster/paths.ts";
import { Shell } from "../../../e2e/cluster/process/shell.ts";
import { ensureOzoneJars, installPolicy } from "../maven/jars.ts";

/** javac, since the tests' client is started from its source. */
const JDK: Requirement = { package: "openjdk-17-jdk-headless", anyOf: ["javac"] };

/** @throws if something is missing, with what to install */
export async function prepareJars(): Promise<string> {
  const paths = cachePaths(process.env);
  await mkdir(paths.children, { recursive: true });
  const { signal } = new AbortController();
  const shell = new Shell(paths.children, signal);
  const policy = installPolicy();
  await ensurePackages(shell, [JDK], policy);
  return ensureOzoneJars({ root: paths.root, shell, signal, log: policy.log });
}
