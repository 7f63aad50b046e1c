// The file system of a step as a shell script for a mount namespace: the machine's own, read-only, with the volumes'
// folders at their mountPaths. What a mountPath lacks on this machine is made in memory, never on the machine itself.
import { lstat, readdir, readlink } from "node:fs/promises";
import { join, normalize } from "node:path/posix";
import { TERMINATION_LOG } from "../../../init/contract/places.ts";
import { quoteShellWord } from "../../scaleDown/commands.ts";
import { BadInput } from "../ending.ts";
import type { FolderMount } from "./folders.ts";

export interface ScratchMount extends FolderMount {
  /** only where this machine has no such folder */
  readonly ifMissing: boolean;
}

export interface RootInput {
  /** an empty folder that the new root is mounted on */
  readonly root: string;
  readonly mounts: readonly FolderMount[];
  /** folders that a container may write to beside its volumes, e.g. /tmp; a volume of the same path wins */
  readonly scratch: readonly ScratchMount[];
  /** a file that stands for /dev/termination-log */
  readonly terminationLog: string;
  /** a file for what the setup complains of */
  readonly complaint: string;
  readonly workingDir: string;
  /** the words before the program: who it runs as */
  readonly become: readonly string[];
}

/** Exit code of a script that could not set the root up; the runner has none like it. */
export const NO_ROOT = 125;

/** Where the machine's own root is until all is mounted. */
const OLD = "/.rollcall-machine";

/** Container runtimes refuse mounts there, too. */
const KERNEL = "/proc";

/** As many symbolic links as Linux follows in one path. */
const MOST_LINKS = 40;

/**
 * Writes the script: its arguments are NAME=VALUE words, then the program with its words.
 * @throws BadInput for a mountPath that no container could have
 */
export async function writeRootScript(input: RootInput): Promise<string> {
  const { root, terminationLog, complaint, workingDir, become } = input;
  const placed = await placeMounts(input);
  const shadows = shadowsFor(placed);
  const machine: string[] = [];
  for (const shadow of shadows) machine.push(...(await shadowLines(root, shadow)));
  const run = [...become, "env", "-i", "--"].map(quoteShellWord).join(" ");
  return [
    "set -e",
    // what the setup complains of is told as one reason; the program's own standard error is the caller's
    `exec 3>&2 2>${quoteShellWord(complaint)}`,
    `trap '[ "$ready" ] || exit ${NO_ROOT}' EXIT`,
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
    ...placed.flatMap(mountLines),
    `umount -l ${OLD}`,
    `rmdir ${OLD}`,
    "mount -o remount,bind,ro /",
    `[ -d ${quoteShellWord(workingDir)} ] || mkdir -p ${quoteShellWord(workingDir)}`,
    `cd ${quoteShellWord(workingDir)}`,
    "ready=yes",
    "exec 2>&3 3>&-",
    // not exec: process 1 of a namespace must keep the signal that it gets when its parent dies
    `status=0; ${run} "$@" || status=$?`,
    "exit $status",
    "",
  ].join("\n");
}

/** Every mount below the new root; one that this user cannot reach the steps cannot reach either. */
const READ_ONLY: readonly string[] = [
  `while read -r _ _ _ _ target options _; do`,
  `  case $target in "$root"/*) printf '%s %s\\n' "$target" "$options";; esac`,
  `done < /proc/self/mountinfo | while read -r target options; do`,
  `  target=$(printf '%b' "$target")`,
  `  mount -o "remount,bind,ro\${options#r[ow]}" "$target" 2>/dev/null && continue`,
  `  [ ! -e "$target" ] || { echo "$target cannot be made read-only" >&2; exit 1; }`,
  `done`,
];

/** What a container runtime gives every container (OCI runtime specification, config-linux: default devices). */
const KERNEL_FOLDERS: readonly string[] = [
  // inside of another container /proc may be masked, and a new one is refused: the machine's shows the same process
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
  /** without symbolic links of this machine */
  readonly place: string;
  /** an existing folder of this machine that lacks the place; null: the place is there, or another mount of ours holds it */
  readonly lacking: string | null;
  /** the entry of `lacking` that is in the way: no folder */
  readonly hides: string | null;
}

async function placeMounts({ mounts, scratch }: RootInput): Promise<PlacedMount[]> {
  const volumes = await Promise.all(mounts.map(placeMount));
  const own = (await Promise.all(scratch.map(placeMount))).filter(
    ({ place, lacking }, index) =>
      // a volume over /var has its own idea of /var/tmp
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
    throw new BadInput(`mountPath ${JSON.stringify(mount.path)}: no container can have a volume there`);
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
    if (kind === "other" || links > MOST_LINKS)
      return { place: join(found, ...rest), lacking: found, hides: next };
    if (kind === "folder") [found, rest] = [here, after];
    else {
      links += 1;
      [found, rest] = await followLink(found, here, after);
    }
  }
  return { place: found, lacking: null, hides: null };
}

/** The folder that a link is looked up from, and the parts that remain. */
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

/** A folder of this machine that is shown by its entries, so that there can be more of them. */
interface ShadowedFolder {
  readonly folder: string;
  readonly hides: ReadonlySet<string>;
  readonly more: readonly string[];
}

function shadowsFor(placed: readonly PlacedMount[]): ShadowedFolder[] {
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

/** These are a container's own. */
const OWN = new Set(["proc", "dev"]);

async function shadowLines(root: string, { folder, hides, more }: ShadowedFolder): Promise<string[]> {
  // what cannot be listed by this user is closed to the steps, too
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

/** In the new root, so that no symbolic link on a volume leads to the machine's. */
function mountLines({ place, folder, readOnly }: PlacedMount): string[] {
  const to = quoteShellWord(place);
  return [
    `[ -d ${to} ] || mkdir -p ${to}`,
    bind(folder, place),
    ...(readOnly ? [`mount -o remount,bind,ro ${to}`] : []),
  ];
}

const bind = (from: string, to: string): string =>
  `mount --bind ${quoteShellWord(OLD + from)} ${quoteShellWord(to)}`;
