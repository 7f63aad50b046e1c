// Stages a package: its files are written beside the tree and proven, before any of them gets its place. On the volume
// of the tree, so that a rename is all that is left to do.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describeFileError } from "../../../../init/engine/failure.ts";
import { type Otobo, OUT_OF_MEMORY } from "../otobo.ts";
import type { PackageRow } from "../probes/packageRows.ts";
import { LIST, STAGE_PACKAGE, type StagedList, stageAnswer, stagedList } from "../probes/stagePackage.ts";
import { findNameFault, findPathFault } from "./packagePath.ts";

const MIB = 1024 * 1024;

/**
 * Limits of one package. Its parser runs in the daemon's container: an ordinary package of 30 MiB takes 184 MB, but 1 MiB of
 * nothing but small tags 502 MB (measured on 11.0), which must not end the container.
 */
export const PACKAGE_LIMITS: PackageLimits = {
  bytes: 16 * MIB,
  files: 20_000,
  listBytes: 16 * MIB,
  seconds: 120,
  mebibytes: 256,
};

/** At a start no daemon and no web server runs yet, so a package may be as large as OTOBO itself manages. */
export const START_LIMITS: PackageLimits = {
  bytes: 64 * MIB,
  files: 100_000,
  listBytes: 64 * MIB,
  seconds: 300,
  mebibytes: 4096,
};

/** Why a package is not as in the database. */
export interface PackageFault {
  readonly why: string;
  /** false: of the volume, the database or the pod; the same package may be taken later */
  readonly isOfPackage: boolean;
}

export const createPackageFault = (why: string): PackageFault => ({ why, isOfPackage: true });
export const createPodFault = (why: string): PackageFault => ({ why, isOfPackage: false });

export interface PackageLimits {
  readonly bytes: number;
  readonly files: number;
  /** for the list of its files */
  readonly listBytes: number;
  readonly seconds: number;
  /** address space of the process that parses it */
  readonly mebibytes: number;
}

const STAGE = ".rollcall-packages";

export const getStageFolder = (home: string): string => join(home, STAGE);

const TAKEN_AT_START =
  ` in a pod that runs. A start takes packages of up to ${START_LIMITS.bytes / MIB} MiB with ${START_LIMITS.files} files and ` +
  `${START_LIMITS.mebibytes} MiB of memory to read one: if that suffices, restart the StatefulSet`;

export interface StagedPackage extends StagedList {
  /** its files are here, by their position in the list */
  folder: string;
}

/** Removes what a killed round has left. */
export async function clearStage(home: string): Promise<void> {
  await fs.rm(getStageFolder(home), { recursive: true, force: true });
}

/** Stages one package. @returns why it cannot be used; then nothing in the tree has changed */
export async function stagePackage(
  otobo: Otobo,
  row: PackageRow,
  limits: PackageLimits,
): Promise<StagedPackage | PackageFault> {
  const fault = findNameFault(row);
  if (fault !== null) return createPackageFault(fault);
  const folder = getStageFolder(otobo.home);
  try {
    await clearStage(otobo.home);
    await fs.mkdir(folder, { mode: 0o700 });
    const { bytes, files, seconds, mebibytes } = limits;
    const words = [String(row.id), folder, String(bytes), String(files)];
    const request = await otobo.askWithin({ seconds, mebibytes }, STAGE_PACKAGE, stageAnswer, ...words);
    if ("why" in request) return classifyProbeFault(request.why, limits);
    if ("refused" in request.answer) return describeRefusal(request.answer, limits);
    const read = await readList(folder, limits);
    return "why" in read ? read : ((await findStageFault(folder, read)) ?? { ...read, folder });
  } catch (error) {
    return createPodFault(`it cannot be staged in ${folder}: ${describeFileError(error)}`);
  }
}

const classifyProbeFault = (why: string, limits: PackageLimits): PackageFault =>
  why.startsWith(OUT_OF_MEMORY)
    ? describeRefusal({ refused: why, isTooLarge: true }, limits)
    : createPodFault(why);

function describeRefusal(
  { refused, isTooLarge }: { refused: string; isTooLarge: boolean },
  limits: PackageLimits,
): PackageFault {
  return createPackageFault(isTooLarge && limits !== START_LIMITS ? `${refused}${TAKEN_AT_START}` : refused);
}

async function readList(folder: string, limits: PackageLimits): Promise<StagedList | PackageFault> {
  const { listBytes } = limits;
  const path = join(folder, LIST);
  if ((await fs.stat(path)).size > listBytes)
    return describeRefusal({ refused: "the list of its files is too long", isTooLarge: true }, limits);
  const read = stagedList.safeParse(JSON.parse(await fs.readFile(path, "utf8")));
  return read.success ? read.data : createPodFault("the list of its files cannot be read");
}

/** Proves each file by its checksum, and checks each path. */
async function findStageFault(folder: string, { files }: StagedList): Promise<PackageFault | null> {
  const paths = new Set<string>();
  for (const [index, { path, size, sha256 }] of files.entries()) {
    const fault = findPathFault(path);
    if (fault !== null) return createPackageFault(fault);
    if (paths.has(path)) return createPackageFault(`it has two files ${path}`);
    paths.add(path);
    const place = join(folder, String(index));
    if ((await fs.stat(place)).size !== size || (await computeFileSum(place)) !== sha256)
      return createPodFault(`${path} was not written as it is in the package`);
  }
  // a file and a folder of one name
  for (const path of paths) {
    const above = listFoldersAbove(path).find((folderAbove) => paths.has(folderAbove));
    if (above !== undefined) return createPackageFault(`it has a file ${above} and files below it`);
  }
  return null;
}

/** "a/b/c": "a" and "a/b". */
export function listFoldersAbove(path: string): string[] {
  const names = path.split("/").slice(0, -1);
  let above = "";
  return names.map((name) => {
    above = above === "" ? name : `${above}/${name}`;
    return above;
  });
}

export async function computeFileSum(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
