// Writes a shell script that sets up the file system of a step in a mount namespace: this machine's, read-only, with the
// volumes' folders at their mountPaths. Missing folders of a mountPath are created in memory, never on this machine.
import { lstat, readdir, readlink } from "node:fs/promises";
import { join, normalize } from "node:path/posix";
import { TERMINATION_LOG } from "../../../init/contract/places.ts";
import { quoteShellWord } from "../../scaleDown/commands.ts";
import { BadInput } from "../ending.ts";
import type { FolderMount } from "./folders.ts";

export interface ScratchMount extends FolderMount {
  /** mounted only if this machine has no such folder */
  readonly ifMissing: boolean;
}

export interface RootInput {
  /** an empty folder, the mount point of the new root */
  readonly root: string;
  readonly mounts: readonly FolderMount[];
  /** writable folders besides the volumes, e.g. /tmp; a volume at the same path takes precedence */
  readonly scratch: readonly ScratchMount[];
  /** the file at /dev/termination-log */
  readonly terminationLog: string;
  /** a file for errors of the setup */
  readonly complaint: string;
  readonly workingDir: string;
  /** the command line before the program that changes the user */
  readonly become: readonly string[];
  /** lines that set up the network, before the file system */
  readonly network: readonly string[];
}

/** Exit code of a failed setup; the runner does not use it. */
export const NO_ROOT = 125;

/** The mount point of the machine's root during the setup. */
const OLD = "/.rollcall-machine";

/** Container runtimes do not allow mounts here. */
const KERNEL = "/proc";

/** Linux follows as many symbolic links in a path. */
const MAX_LINKS = 40;

/**
 * Writes the script. Its arguments are NAME=VALUE pairs, then the program with its arguments.
 * @throws BadInput for a mountPath that a container cannot have
 */
export async function writeRootScript(input: RootInput): Promise<string> {
  const { root, terminationLog, complaint, workingDir, become, network } = input;
  const placed = await placeMounts(input);
  const shadows = listShadows(placed);
  const machine: string[] = [];
  for (const shadow of shadows) machine.push(...(await buildShadowLines(root, shadow)));
  const run = [...become, "env", "-i", "--"].map(quoteShellWord).join(" ");
  return [
    "set -e",
    // errors of the setup go to a file; the program keeps the caller's standard error
    `exec 3>&2 2>${quoteShellWord(complaint)}`,
    `trap '[ "$ready" ] || exit ${NO_ROOT}' EXIT`,
    ...network,
    `root=${quoteShellWord(root)}`,
    `mount -t tmpfs -o mode=0755 rollcall "$root"`,
    ...machine,
    ...READ_ONLY,
    `mkdir "$root"${OLD} "$root"/proc "$root"/dev`,
    `cd "$root"`,
    `pivot_root . .${OLD}`,
    "cd /",
    ...KERNEL_FOLDERS,
    `: > ${TERMINATION_LOG}`,
    bind(terminationLog, TERMINATION_LOG),
    ...placed.flatMap(buildMountLines),
    `umount -l ${OLD}`,
    `rmdir ${OLD}`,
    "mount -o remount,bind,ro /",
    `[ -d ${quoteShellWord(workingDir)} ] || mkdir -p ${quoteShellWord(workingDir)}`,
    `cd ${quoteShellWord(workingDir)}`,
    "ready=yes",
    "exec 2>&3 3>&-",
    // not exec: process 1 of the namespace must keep its parent-death signal
    `status=0; ${run} "$@" || status=$?`,
    "exit $status",
    "",
  ].join("\n");
}

/** Remounts all mounts below the new root. A mount that this user cannot reach is out of reach for the steps as well. */
const READ_ONLY: readonly string[] = [
  `while read -r _ _ _ _ target options _; do`,
  `  case $target in "$root"/*) printf '%s %s\\n' "$target" "$options";; esac`,
  `done < /proc/self/mountinfo | while read -r target options; do`,
  `  target=$(printf '%b' "$target")`,
  `  mount -o "remount,bind,ro\${options#r[ow]}" "$target" 2>/dev/null && continue`,
  `  [ ! -e "$target" ] || { echo "$target cannot be made read-only" >&2; exit 1; }`,
  `done`,
];

/** The default devices of a container (OCI runtime specification, config-linux). */
const KERNEL_FOLDERS: readonly string[] = [
  // in a container with a masked /proc a new one cannot be mounted; the machine's shows the same processes
  `mount -t proc proc /proc 2>/dev/null || mount --rbind ${OLD}/proc /proc`,
  `mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys`,
  "mount -t tmpfs -o mode=0755,nosuid rollcall /dev",
  `for each in null zero full random urandom tty; do : > /dev/$each; mount --bind ${OLD}/dev/$each /dev/$each; done`,
  "ln -s /proc/self/fd /dev/fd",
  "ln -s /proc/self/fd/0 /dev/stdin",
  "ln -s /proc/self/fd/1 /dev/stdout",
  "ln -s /proc/self/fd/2 /dev/stderr",
];

interface PlacedMount extends FolderMount {
  /** the path without symbolic links of this machine */
  readonly place: string;
  /** the deepest existing folder above a missing place; null: the place exists, or is on another mount of the container */
  readonly lacking: string | null;
  /** an entry of `lacking` that is not a folder and is in the way */
  readonly hides: string | null;
}

async function placeMounts({ mounts, scratch }: RootInput): Promise<PlacedMount[]> {
  const volumes = await Promise.all(mounts.map(placeMount));
  const own = (await Promise.all(scratch.map(placeMount))).filter(
    ({ place, lacking }, index) =>
      // a volume at /var provides its own /var/tmp
      !volumes.some((volume) => isBelow(place, volume.place)) &&
      (lacking !== null || scratch[index]?.ifMissing !== true),
  );
  const all = [...own, ...volumes].sort((a, b) => a.place.length - b.place.length);
  return all.map((mount, index) => {
    const isHeld = all.slice(0, index).some((other) => isBelow(mount.place, other.place));
    return isHeld || isBelow(mount.place, "/dev") ? { ...mount, lacking: null, hides: null } : mount;
  });
}

async function placeMount(mount: FolderMount): Promise<PlacedMount> {
  const path = normalize(`/${mount.path}`).replace(/(.)\/+$/, "$1");
  if (path === "/" || isBelow(path, KERNEL))
    throw new BadInput(`mountPath ${JSON.stringify(mount.path)}: containers cannot have a volume there`);
  return { ...mount, ...(await findPlace(path)) };
}

async function findPlace(path: string): Promise<Pick<PlacedMount, "place" | "lacking" | "hides">> {
  let found = "/";
  let rest = splitPath(path);
  for (let links = 0; rest.length > 0; ) {
    const [next = "", ...after] = rest;
    const here = join(found, next);
    const kind = await classifyPath(here);
    if (kind === "nothing") return { place: join(found, ...rest), lacking: found, hides: null };
    if (kind === "other" || links > MAX_LINKS)
      return { place: join(found, ...rest), lacking: found, hides: next };
    if (kind === "folder") [found, rest] = [here, after];
    else {
      links += 1;
      [found, rest] = await followLink(found, here, after);
    }
  }
  return { place: found, lacking: null, hides: null };
}

/** @returns the folder from which to resolve the link, and the remaining parts */
async function followLink(
  found: string,
  here: string,
  after: readonly string[],
): Promise<[string, string[]]> {
  const target = await readlink(here);
  return [target.startsWith("/") ? "/" : found, [...splitPath(target), ...after]];
}

async function classifyPath(path: string): Promise<"nothing" | "link" | "folder" | "other"> {
  const stats = await lstat(path).catch(() => null);
  if (stats === null) return "nothing";
  if (stats.isSymbolicLink()) return "link";
  return stats.isDirectory() ? "folder" : "other";
}

const splitPath = (path: string): string[] => path.split("/").filter((part) => part !== "" && part !== ".");

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** A folder of this machine that is rebuilt in memory from its entries, so that entries can be added. */
interface ShadowedFolder {
  readonly folder: string;
  readonly hides: ReadonlySet<string>;
  readonly more: readonly string[];
}

function listShadows(placed: readonly PlacedMount[]): ShadowedFolder[] {
  const folders = new Set(["/", ...placed.flatMap(({ lacking }) => lacking ?? [])]);
  return [...folders]
    .sort((a, b) => a.length - b.length)
    .map((folder) => {
      const mine = placed.filter(({ lacking }) => lacking === folder);
      return {
        folder,
        hides: new Set(mine.flatMap(({ hides }) => hides ?? [])),
        more: mine.map(({ place }) => place),
      };
    });
}

/** Containers have their own. */
const OWN = new Set(["proc", "dev"]);

async function buildShadowLines(root: string, { folder, hides, more }: ShadowedFolder): Promise<string[]> {
  // a folder that this user cannot list is out of reach for the steps as well
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const lines: string[] = [];
  if (folder !== "/") lines.push(`mount -t tmpfs -o mode=0755 rollcall ${quoteShellWord(root + folder)}`);
  for (const entry of entries) {
    if (hides.has(entry.name) || (folder === "/" && OWN.has(entry.name))) continue;
    const path = join(folder, entry.name);
    const [from, to] = [quoteShellWord(path), quoteShellWord(root + path)];
    if (entry.isSymbolicLink()) lines.push(`ln -s -- ${quoteShellWord(await readlink(path))} ${to}`);
    else if (entry.isDirectory()) lines.push(`mkdir ${to}`, `mount --rbind ${from} ${to}`);
    else lines.push(`: > ${to}`, `mount --bind ${from} ${to}`);
  }
  return [...lines, ...more.map((place) => `mkdir -p ${quoteShellWord(root + place)}`)];
}

/** Runs in the new root, so that a symbolic link on a volume cannot point to the machine's root. */
function buildMountLines({ place, folder, readOnly }: PlacedMount): string[] {
  const to = quoteShellWord(place);
  return [
    `[ -d ${to} ] || mkdir -p ${to}`,
    bind(folder, place),
    ...(readOnly ? [`mount -o remount,bind,ro ${to}`] : []),
  ];
}

const bind = (from: string, to: string): string =>
  `mount --bind ${quoteShellWord(OLD + from)} ${quoteShellWord(to)}`;
