// `otobo drift`: the files of this pod's /opt/otobo that are neither the image's nor a package's, or are the image's and
// were changed. They exist in this pod only (docs/otobo.md#files-of-one-pod). Measured by comparing two trees: nothing
// tells who wrote a file.
import type { Stats } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "../../../init/engine/failure.ts";
import {
  classifyLocalFile,
  LOCAL_FILE_KINDS,
  LOCAL_FILES,
  type LocalFileKind,
} from "../contract/localFiles.ts";
import { findStats, getModifiedSeconds } from "./fileStats.ts";
import { joinTreePath, showPath, type TreePath } from "./imageTree.ts";
import type { Otobo, WhyNot } from "./otobo.ts";
import { readReplacedPaths } from "./steps/readReplacedPaths.ts";

/** Names that are printed for each kind; the count is always complete. */
const PRINTED = 20;

interface Drift {
  path: TreePath;
  kind: LocalFileKind;
  /** of the image, with other contents */
  isChanged: boolean;
}

/** Prints the files of each kind, and what to do about them. */
export async function reportDrift({ home, next, say }: Otobo): Promise<WhyNot> {
  const why = await findNoTree({ home, next });
  if (why !== null) return why;
  const packaged = await readReplacedPaths(home);
  const found = await groupDrift({ home, next, packaged });
  for (const kind of LOCAL_FILE_KINDS) {
    for (const line of formatGroup(kind, found.get(kind))) say(line);
  }
  const isClean = [...found.keys()].every((kind) => kind === "generated");
  if (isClean) say(`${home} has no files that would be lost with this pod`);
  return null;
}

interface DriftGroup {
  count: number;
  /** the first of them */
  names: string[];
}

async function groupDrift(input: DriftInput): Promise<Map<LocalFileKind, DriftGroup>> {
  const found = new Map<LocalFileKind, DriftGroup>();
  for await (const { path, kind, isChanged } of listDrift(input)) {
    const group = found.get(kind) ?? { count: 0, names: [] };
    group.count += 1;
    if (group.names.length < PRINTED) group.names.push(`${showPath(path)}${isChanged ? " (changed)" : ""}`);
    found.set(kind, group);
  }
  return found;
}

function formatGroup(kind: LocalFileKind, group: DriftGroup | undefined): string[] {
  if (group === undefined) return [];
  const { title, advice } = LOCAL_FILES[kind];
  const first = `${title}: ${group.count}; ${advice}`;
  if (kind === "generated") return [first];
  const more = group.count - group.names.length;
  return [first, ...group.names.map((name) => `  ${name}`), ...(more > 0 ? [`  and ${more} more`] : [])];
}

interface DriftInput {
  home: string;
  next: string;
  packaged: ReadonlySet<TreePath>;
}

async function* listDrift({ home, next, packaged }: DriftInput): AsyncGenerator<Drift> {
  for await (const { path, stats } of walkFiles(home, "")) {
    if (packaged.has(path) || isSaved(path, packaged)) continue;
    const image = await findStats(joinTreePath(next, path), isHidden);
    if (image !== null && !(await isDifferent({ home, next }, path, { stats, image }))) continue;
    yield { path, kind: classifyLocalFile(path), isChanged: image !== null };
  }
}

/** Beside a package's file that replaces one of the image's, the image's is kept. */
const isSaved = (path: TreePath, packaged: ReadonlySet<TreePath>): boolean =>
  path.endsWith(".save") && packaged.has(path.slice(0, -".save".length));

/** Everything but folders. What cannot be read is skipped: a running OTOBO deletes files. */
async function* walkFiles(root: string, folder: TreePath): AsyncGenerator<{ path: TreePath; stats: Stats }> {
  const names = await fs.readdir(joinTreePath(root, folder), { encoding: "buffer" }).catch(orNone);
  for (const name of names.map((bytes) => bytes.toString("latin1")).sort()) {
    const path = folder === "" ? name : `${folder}/${name}`;
    const stats = await findStats(joinTreePath(root, path), isHidden);
    if (stats === null) continue;
    if (stats.isDirectory()) yield* walkFiles(root, path);
    else yield { path, stats };
  }
}

/** The copy has the image's sizes and times; contents are compared only if one of them differs. */
async function isDifferent(
  { home, next }: { home: string; next: string },
  path: TreePath,
  { stats, image }: { stats: Stats; image: Stats },
): Promise<boolean> {
  const places = [home, next].map((root) => joinTreePath(root, path));
  if (stats.isSymbolicLink() && image.isSymbolicLink()) {
    const [one, other] = await Promise.all(places.map((place) => fs.readlink(place, { encoding: "buffer" })));
    return one === undefined || other?.equals(one) !== true;
  }
  if (!stats.isFile() || !image.isFile() || stats.size !== image.size) return true;
  if (getModifiedSeconds(stats) === getModifiedSeconds(image)) return false;
  const [one, other] = await Promise.all(places.map((place) => fs.readFile(place).catch(() => null)));
  return !one || !other || !one.equals(other);
}

const orNone = (error: unknown): Buffer[] => {
  if (isHidden(error)) return [];
  throw error;
};

const isHidden = (error: unknown): boolean => isMissing(error) || isDenied(error);

const isDenied = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM");

/** Whether this is OTOBO's tree in a pod; otherwise every file would be reported. */
async function findNoTree({ home, next }: Pick<Otobo, "home" | "next">): Promise<WhyNot> {
  for (const tree of [home, next]) {
    if ((await findStats(join(tree, "RELEASE"), isHidden)) === null)
      return `${tree} is not OTOBO's tree: it has no RELEASE; run this in a container of OTOBO`;
  }
  return null;
}
