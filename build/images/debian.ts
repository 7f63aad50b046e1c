// Downloads Debian packages of any architecture without changing the host's apt: its sources and keys are read, but
// lists, cache and status are in a folder of this build, and the host's hooks are not run.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProcess } from "./command.ts";

export interface DebRequest {
  packages: readonly string[];
  /** Debian's name of the architecture */
  arch: string;
  /** an empty folder for everything that apt writes */
  scratch: string;
}

export interface DebPackage {
  file: string;
  package: string;
  version: string;
}

/**
 * Downloads packages, without dependencies, from the sources of the host's apt.
 * @throws BuildProblem if apt-get is missing or cannot download
 */
export async function fetchDebs({ packages, arch, scratch }: DebRequest): Promise<DebPackage[]> {
  const into = join(scratch, "debs");
  await mkdir(join(scratch, "state/lists/partial"), { recursive: true });
  await mkdir(join(scratch, "cache/archives/partial"), { recursive: true });
  await mkdir(into);
  await writeFile(join(scratch, "state/status"), "");
  const settings = join(scratch, "apt.conf");
  await writeFile(settings, aptSettings(arch, scratch));
  await runProcess(["apt-get", "-q", "-c", settings, "update"], { fetches: true });
  await runProcess(["apt-get", "-q", "-c", settings, "download", ...packages], { cwd: into, fetches: true });
  return (await readdir(into)).sort().map((name) => ({ file: join(into, name), ...parseDebName(name) }));
}

/** Unpacks packages into one folder, without running their scripts. */
export async function unpackDebs(debs: readonly DebPackage[], into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  for (const { file } of debs) await runProcess(["dpkg-deb", "--extract", file, into]);
}

// #clear must come from a file given by -c: that one is read after the host's own settings.
function aptSettings(arch: string, scratch: string): string {
  return `
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Architectures;
APT::Architecture "${arch}";
APT::Architectures { "${arch}"; };
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Dir::State "${scratch}/state";
Dir::State::status "${scratch}/state/status";
Dir::Cache "${scratch}/cache";
`;
}

/** NAME_VERSION_ARCH.deb, where the colon of an epoch is written %3a. */
function parseDebName(file: string): { package: string; version: string } {
  const [name = "", version = ""] = decodeURIComponent(file).split("_");
  return { package: name, version };
}
