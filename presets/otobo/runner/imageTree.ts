// The image's tree, copied into a pod's home as `cp --archive` would: folders (empty ones too, since OTOBO makes none
// of var/spool, var/tmp or var/article itself), modes, owners, symbolic and hard links, names that are not UTF-8. Each
// entry is renamed into place, so an interrupted copy leaves no partial file
// (docs/research/otobo.md#image-and-entrypoint).
import type { Stats } from "node:fs";
import * as fs from "node:fs/promises";
import { findStats, getModifiedSeconds } from "./fileStats.ts";
import type { WhyNot } from "./otobo.ts";

/** A path relative to the root of a tree, with its bytes as latin1, because a name need not be valid UTF-8. */
export type TreePath = string;

export interface TreeEntry {
  path: TreePath;
  stats: Stats;
}

interface TreePair {
  from: string;
  to: string;
  /** whether an entry is not copied */
  isLeftOut: (path: TreePath) => boolean;
}

/** A fixed temporary name, so that a name of 255 bytes can be copied. */
const INCOMING = ".rollcall-incoming";
const ALL_BITS = 0o7777;
const OWNER_BITS = 0o700;
const SPECIAL_BITS = 0o7000;

/** Yields every folder, file and link of a tree, a folder before its contents; throws for a device, pipe or socket. */
export async function* walkTree(root: string, folder: TreePath = ""): AsyncGenerator<TreeEntry> {
  const names = await fs.readdir(joinTreePath(root, folder), { encoding: "buffer" });
  for (const name of names.map((bytes) => bytes.toString("latin1")).sort()) {
    const path = folder === "" ? name : `${folder}/${name}`;
    const stats = await fs.lstat(joinTreePath(root, path));
    if (!stats.isDirectory() && !stats.isFile() && !stats.isSymbolicLink())
      throw new Error(`${showPath(path)} is neither a folder, a file nor a link`);
    yield { path, stats };
    if (stats.isDirectory()) yield* walkTree(root, path);
  }
}

/** Copies missing and different entries. @returns the number of created folders, files and links */
export async function copyTree(pair: TreePair): Promise<number> {
  const { from, to, isLeftOut } = pair;
  const folders: TreeEntry[] = [];
  const hardLinks = new HardLinks();
  let made = 0;
  for await (const entry of walkTree(from)) {
    const { path, stats } = entry;
    if (isLeftOut(path)) continue;
    if (stats.isDirectory()) folders.push(entry);
    const twin = hardLinks.findFirst(stats, path);
    if (await makeEntry(pair, entry, twin === path ? null : joinTreePath(to, twin))) made += 1;
  }
  // last, and innermost first, because an image may have folders that their owner cannot write to
  for (const { path, stats } of folders.toReversed()) await setAttributes(joinTreePath(to, path), stats);
  return made;
}

/** @param twin the file in the copy to which this entry is a hard link */
function makeEntry(
  { from, to }: TreePair,
  { path, stats }: TreeEntry,
  twin: Buffer | null,
): Promise<boolean> {
  const target = joinTreePath(to, path);
  if (stats.isDirectory()) return makeFolder(target);
  const pair = { source: joinTreePath(from, path), target, stats, incoming: incomingBeside(to, path) };
  return twin === null ? copyEntry(pair) : linkEntry(twin, pair);
}

/** Maps the hard links of a file to the first of them. */
class HardLinks {
  readonly #first = new Map<string, TreePath>();

  findFirst(stats: Stats, path: TreePath): TreePath {
    if (stats.nlink === 1 || stats.isDirectory()) return path;
    const first = this.#first.get(formatInode(stats)) ?? path;
    this.#first.set(formatInode(stats), first);
    return first;
  }
}

/**
 * Finds the first entry of the image's tree that is missing in the copy, or different.
 * @param replaced files that packages have replaced, whose contents differ from the image's
 */
export async function checkCopy(
  { from, to, isLeftOut }: TreePair,
  replaced: ReadonlySet<TreePath>,
): Promise<WhyNot> {
  const hardLinks = new HardLinks();
  const volume = await fs.lstat(to);
  for await (const { path, stats } of walkTree(from)) {
    if (isLeftOut(path)) continue;
    const twin = joinTreePath(to, hardLinks.findFirst(stats, path));
    const target = joinTreePath(to, path);
    const copy = await findStats(target);
    if (copy === null) return `${to} lacks ${stats.isDirectory() ? "the folder " : ""}${showPath(path)}`;
    const source = joinTreePath(from, path);
    const why = replaced.has(path)
      ? null
      : await findDifference({ source, target, stats, copy, twin, volume });
    if (why !== null) return `${to}: ${showPath(path)} ${why}`;
  }
  return null;
}

async function findDifference(compared: CopyComparison & { twin: Buffer; volume: Stats }): Promise<WhyNot> {
  const { target, copy, stats, twin, volume } = compared;
  if (stats.isDirectory()) return findFolderDifference(target, { copy, stats });
  const why = (await findEntryDifference(compared)) ?? findAttributeDifference(copy, { stats, volume });
  return why ?? findHardLinkDifference(copy, twin);
}

async function findHardLinkDifference(copy: Stats, twin: Buffer): Promise<WhyNot> {
  const first = await findStats(twin);
  const isSame = first !== null && formatInode(first) === formatInode(copy);
  return isSame ? null : "is a copy, but a hard link in the image";
}

/** The path of an entry for calls to the file system, as bytes. */
export function joinTreePath(root: string, path: TreePath): Buffer {
  return path === ""
    ? Buffer.from(root)
    : Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, "latin1")]);
}

/** Formats a path for the log, quoted if it contains control characters. */
export function showPath(path: TreePath): string {
  const text = Buffer.from(path, "latin1").toString();
  return /[\p{Cc}\uFFFD]/u.test(text) ? JSON.stringify(text) : text;
}

export const toTreePath = (text: string): TreePath => Buffer.from(text).toString("latin1");

function incomingBeside(root: string, path: TreePath): Buffer {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  return joinTreePath(root, `${folder}${INCOMING}`);
}

const formatInode = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

async function makeFolder(target: Buffer): Promise<boolean> {
  const was = await findStats(target);
  // keep, for example, var/article as a link to a larger volume
  if (was?.isSymbolicLink() && (await statOrNull(target))?.isDirectory()) return false;
  if (was?.isDirectory()) {
    if (isMine(was) && (was.mode & OWNER_BITS) !== OWNER_BITS)
      await fs.chmod(target, (was.mode & ALL_BITS) | OWNER_BITS);
    return false;
  }
  if (was !== null) await fs.rm(target);
  await fs.mkdir(target, OWNER_BITS);
  return true;
}

interface EntryPair {
  source: Buffer;
  target: Buffer;
  stats: Stats;
  incoming: Buffer;
}

/** Copies an entry unless size and modification time in seconds are equal. @returns whether it was copied */
async function copyEntry({ source, target, stats, incoming }: EntryPair): Promise<boolean> {
  const was = await findStats(target);
  if (was !== null && (await findEntryDifference({ source, target, stats, copy: was })) === null) {
    if (was.isSymbolicLink() || hasAttributes(was, stats)) return false;
    if (isMine(was)) {
      await setAttributes(target, stats);
      return false;
    }
  }
  await fs.rm(incoming, { force: true });
  if (stats.isSymbolicLink()) {
    await fs.symlink(await fs.readlink(source, { encoding: "buffer" }), incoming);
    await giveOwner(incoming, stats);
  } else {
    await fs.copyFile(source, incoming);
    await setAttributes(incoming, stats);
    // keep the image's times, because names of loader files contain them (docs/research/otobo.md#order); in whole
    // seconds, because rounding to milliseconds can reach the next second
    await fs.utimes(incoming, getModifiedSeconds(stats), getModifiedSeconds(stats));
  }
  await fs.rename(incoming, target);
  return true;
}

/** @param twin the file in the copy to which this entry is a hard link */
async function linkEntry(twin: Buffer, { target, incoming }: EntryPair): Promise<boolean> {
  const was = await findStats(target);
  if (was !== null && formatInode(was) === formatInode(await fs.lstat(twin))) return false;
  await fs.rm(incoming, { force: true });
  await fs.link(twin, incoming);
  await fs.rename(incoming, target);
  return true;
}

/** Leaves entries of other owners unchanged, for example a separate volume at var/spool. */
async function setAttributes(target: Buffer, wanted: Stats): Promise<void> {
  const is = await fs.lstat(target);
  if (is.isSymbolicLink() || !isMine(is)) return;
  // before the mode, because changing the owner clears set-id bits
  await giveOwner(target, wanted);
  if ((is.mode & ALL_BITS) !== (wanted.mode & ALL_BITS)) await fs.chmod(target, wanted.mode & ALL_BITS);
}

/** Only root can change the owner; otherwise the file stays this user's, as with `cp --archive`. */
async function giveOwner(target: Buffer, { uid, gid }: Stats): Promise<void> {
  const is = await fs.lstat(target);
  if (is.uid === uid && is.gid === gid) return;
  await fs.lchown(target, uid, gid).catch(() => undefined);
}

async function findFolderDifference(
  target: Buffer,
  { copy, stats }: { copy: Stats; stats: Stats },
): Promise<WhyNot> {
  const folder = copy.isSymbolicLink() ? await statOrNull(target) : copy;
  if (!folder?.isDirectory()) return "is a file, but a folder in the image";
  const mayWrite = await fs.access(target, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!mayWrite && (stats.mode & OWNER_BITS) === OWNER_BITS)
    return `is not writable by user ${process.getuid?.()}: its owner is ${folder.uid}, its mode ${octal(folder)}`;
  return copy.isSymbolicLink() || !isMine(folder) ? null : findModeDifference(folder, stats);
}

interface CopyComparison {
  source: Buffer;
  target: Buffer;
  stats: Stats;
  copy: Stats;
}

async function findEntryDifference({ source, target, stats, copy }: CopyComparison): Promise<WhyNot> {
  if (stats.isSymbolicLink()) {
    if (!copy.isSymbolicLink()) return "is not a link, but one in the image";
    const [wanted, is] = await Promise.all(
      [source, target].map((path) => fs.readlink(path, { encoding: "buffer" })),
    );
    return wanted !== undefined && is?.equals(wanted)
      ? null
      : "is a link to another target than in the image";
  }
  if (!copy.isFile()) return "is not a file, but one in the image";
  const isSame = copy.size === stats.size && getModifiedSeconds(copy) === getModifiedSeconds(stats);
  return isSame ? null : "differs from the image's file";
}

function findAttributeDifference(
  copy: Stats,
  { stats: wanted, volume }: { stats: Stats; volume: Stats },
): WhyNot {
  const why = copy.isSymbolicLink() ? null : findModeDifference(copy, wanted);
  if (why !== null) return why;
  const isOwned = copy.uid === wanted.uid || isMine(copy);
  const isGrouped = copy.gid === wanted.gid || copy.gid === volume.gid || isOfMyGroups(copy);
  return isOwned && isGrouped
    ? null
    : `belongs to ${copy.uid}:${copy.gid}, but to ${wanted.uid}:${wanted.gid} in the image`;
}

/** Linux clears set-id bits if this user is not in the file's group. */
function findModeDifference(copy: Stats, wanted: Stats): WhyNot {
  const bits = isOfMyGroups(copy) ? ALL_BITS : ALL_BITS & ~SPECIAL_BITS;
  if ((copy.mode & bits) === (wanted.mode & bits)) return null;
  return `has mode ${octal(copy)}, but ${octal(wanted)} in the image; check that the volume supports modes`;
}

const hasAttributes = (copy: Stats, wanted: Stats): boolean =>
  findModeDifference(copy, wanted) === null && copy.uid === wanted.uid && copy.gid === wanted.gid;

const octal = ({ mode }: Stats): string => (mode & ALL_BITS).toString(8).padStart(4, "0");

const isMine = ({ uid }: Stats): boolean => uid === process.getuid?.();

const isOfMyGroups = ({ gid }: Stats): boolean =>
  gid === process.getegid?.() || process.getgroups?.().includes(gid) === true;

const statOrNull = (path: Buffer): Promise<Stats | null> => fs.stat(path).catch(() => null);
