// The files of packages in the tree: put into their places all or none, taken away, and the image's files restored that
// they had replaced. Each change is one rename, so OTOBO never reads half a file, and a kill between two of them leaves
// what the next round repairs.
import type { Stats } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { describeFileError, isMissing, readSystemCode } from "../../../../init/engine/failure.ts";
import { findStats, getModifiedSeconds } from "../fileStats.ts";
import type { WhyNot } from "../otobo.ts";
import type { InstalledFile, InstalledPackage } from "./packageState.ts";
import {
  computeFileSum,
  createPackageFault,
  createPodFault,
  listFoldersAbove,
  type PackageFault,
  type StagedPackage,
} from "./stagePackage.ts";

interface Trees {
  home: string;
  /** the tree in the image */
  next: string;
}

const MODE_BITS = 0o7777;
const INCOMING = ".rollcall-incoming";

/** Whether a package's files are in place. @param isFull compares the contents, too */
export async function hasPackageFiles(
  home: string,
  { files, time }: InstalledPackage,
  isFull: boolean,
): Promise<boolean> {
  for (const file of files) {
    const place = join(home, file.path);
    if (!isSameStats(await lookAt(place), file, time)) return false;
    if (isFull && (await computeFileSum(place)) !== file.sha256) return false;
  }
  return true;
}

function isSameStats(stats: Stats | null, { mode, size }: InstalledFile, time: number): boolean {
  return (
    stats?.isFile() === true &&
    stats.size === size &&
    getModifiedSeconds(stats) === time &&
    (stats.mode & MODE_BITS) === mode
  );
}

/** Lists the files of a staged package whose place has something else. */
export async function listDifferent(home: string, staged: StagedPackage): Promise<number[]> {
  const different: number[] = [];
  for (const [index, file] of staged.files.entries()) {
    const place = join(home, file.path);
    const isSame =
      isSameStats(await lookAt(place), file, staged.time) && (await computeFileSum(place)) === file.sha256;
    if (!isSame) different.push(index);
  }
  return different;
}

/**
 * Why files cannot be put at these paths, or null: checked before the first of them is.
 * A link above a place could lead out of the tree.
 */
export async function findPlaceFault(home: string, paths: readonly string[]): Promise<PackageFault | null> {
  const root = await fs.realpath(home);
  const known = new Set<string>();
  for (const path of paths) {
    const fault = await findFolderFault(root, path, known);
    if (fault !== null) return fault;
    const taken = await findTargetFault(join(root, path), path);
    if (taken !== null) return createPackageFault(taken);
  }
  return null;
}

async function findFolderFault(root: string, path: string, known: Set<string>): Promise<PackageFault | null> {
  let deepest = root;
  for (const folder of listFoldersAbove(path)) {
    const place = join(root, folder);
    if (!known.has(folder)) {
      const stats = await lookAt(place);
      if (stats === null) break;
      const why = await findLinkFault(root, folder, stats);
      if (why !== null) return createPackageFault(why);
      known.add(folder);
    }
    deepest = place;
  }
  const mayWrite = await fs.access(deepest, fs.constants.W_OK | fs.constants.X_OK).then(
    () => true,
    () => false,
  );
  return mayWrite ? null : createPodFault(`${deepest} is not writable by user ${process.getuid?.()}`);
}

/** A folder, or a link to a folder in the tree. */
async function findLinkFault(root: string, folder: string, stats: Stats): Promise<WhyNot> {
  const place = join(root, folder);
  const real = stats.isSymbolicLink() ? await fs.realpath(place).catch(() => "") : place;
  if (real !== root && !real.startsWith(`${root}${sep}`))
    return `${folder} is a link that leads out of ${root}`;
  const isFolder = (await fs.stat(place)).isDirectory();
  return isFolder ? null : `${folder} is a file, but the package has files below it`;
}

async function findTargetFault(place: string, path: string): Promise<WhyNot> {
  const stats = await lookAt(place);
  return stats === null || stats.isFile() || stats.isSymbolicLink()
    ? null
    : `${path} is a folder in this pod`;
}

/** Puts the staged files into their places: all of them, or, if one fails, none. */
export async function placeFiles(
  trees: Trees,
  staged: StagedPackage,
  indexes: readonly number[],
): Promise<WhyNot> {
  const { home } = trees;
  const placed: { place: string; old: string | null }[] = [];
  try {
    for (const index of indexes) {
      const file = staged.files[index];
      if (file === undefined) continue;
      const source = join(staged.folder, String(index));
      await fs.chmod(source, file.mode);
      await fs.utimes(source, staged.time, staged.time);
      const place = join(home, file.path);
      await fs.mkdir(dirname(place), { recursive: true, mode: 0o770 });
      await keepImageFile(trees, file.path);
      placed.push({ place, old: await keepOld(place, `${source}.old`) });
      await fs.rename(source, place);
      await touchCoreModule(home, file.path);
    }
    return null;
  } catch (error) {
    const back = await putBack(placed);
    return `its files cannot be put into place: ${describeFileError(error)}${back === null ? "" : `; ${back}`}`;
  }
}

/** A second name of what is at a place, so that it can be put back. */
async function keepOld(place: string, old: string): Promise<string | null> {
  try {
    await fs.link(place, old);
    return old;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function putBack(placed: readonly { place: string; old: string | null }[]): Promise<WhyNot> {
  try {
    for (const { place, old } of placed.toReversed()) {
      if (old === null) await fs.rm(place, { force: true });
      else await fs.rename(old, place);
    }
    return null;
  } catch (error) {
    return `the old files could not be put back: ${describeFileError(error)}`;
  }
}

/** The image's file is kept beside the package's, as OTOBO does, because OTOBO's own removal restores it from there. */
async function keepImageFile({ home, next }: Trees, path: string): Promise<void> {
  const image = await lookAt(join(next, path));
  if (image?.isFile() === true) await bring(join(next, path), `${join(home, path)}.save`, image);
}

/** Copies a file of the image, with its mode and its time. */
async function bring(source: string, place: string, stats: Stats): Promise<void> {
  const temporary = `${place}${INCOMING}`;
  await fs.mkdir(dirname(place), { recursive: true, mode: 0o770 });
  await fs.copyFile(source, temporary);
  await fs.chmod(temporary, stats.mode & MODE_BITS);
  await fs.utimes(temporary, getModifiedSeconds(stats), getModifiedSeconds(stats));
  await fs.rename(temporary, place);
}

/** With the checksum of the package's file, if it is known. */
interface PackagedFile {
  path: string;
  sha256: string | null;
}

/** Takes away a package's files, and restores those of the image. A file that somebody has changed stays beside it. */
export async function takeAway(
  trees: Trees,
  files: readonly PackagedFile[],
): Promise<{ restored: string[]; why: WhyNot }> {
  const restored: string[] = [];
  try {
    for (const file of files) {
      const image = await lookAt(join(trees.next, file.path));
      if (image?.isFile() === true) {
        if (await restore(trees, file.path, image)) restored.push(file.path);
      } else {
        await remove(trees, file);
      }
    }
    return { restored, why: null };
  } catch (error) {
    return { restored, why: describeFileError(error) };
  }
}

/** @returns false: the image's file is in place already */
async function restore({ home, next }: Trees, path: string, image: Stats): Promise<boolean> {
  const place = join(home, path);
  const stats = await lookAt(place);
  if (await isImageFile(place, { stats, source: join(next, path), image })) return false;
  await bring(join(next, path), place, image);
  await fs.rm(`${place}.save`, { force: true });
  await touchCoreModule(home, path);
  return true;
}

async function remove(trees: Trees, { path, sha256 }: PackagedFile): Promise<void> {
  const place = join(trees.home, path);
  const stats = await lookAt(place);
  if (stats === null || stats.isDirectory()) return;
  const isTheirs = sha256 === null || !stats.isFile() || (await computeFileSum(place)) === sha256;
  if (isTheirs) await fs.rm(place);
  else await fs.rename(place, `${place}.custom_backup`);
  await removeEmptyFolders(trees, path);
  await touchCoreModule(trees.home, path);
}

async function isImageFile(
  place: string,
  { stats, source, image }: { stats: Stats | null; source: string; image: Stats },
): Promise<boolean> {
  const isAlike =
    stats?.isFile() === true &&
    stats.size === image.size &&
    getModifiedSeconds(stats) === getModifiedSeconds(image);
  return isAlike && (await computeFileSum(place)) === (await computeFileSum(source));
}

/** Only folders that the image lacks. */
async function removeEmptyFolders({ home, next }: Trees, path: string): Promise<void> {
  for (const folder of listFoldersAbove(path).toReversed()) {
    if ((await lookAt(join(next, folder))) !== null) return;
    const isGone = await fs.rmdir(join(home, folder)).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

/**
 * OTOBO's web server reads a module again when its file has changed, and looks at Kernel/… also if it has loaded the
 * module from Custom/Kernel/…: OTOBO's own installation changes the time of the first, too.
 */
async function touchCoreModule(home: string, path: string): Promise<void> {
  const core = /^Custom\/(Kernel\/.+\.pm)$/.exec(path)?.[1];
  if (core === undefined) return;
  const now = Date.now() / 1000;
  await fs.utimes(join(home, core), now, now).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

/** Nothing is at a path, also if what is above it is a file. */
const lookAt = (path: string): Promise<Stats | null> =>
  findStats(path, (error) => isMissing(error) || readSystemCode(error) === "ENOTDIR");
