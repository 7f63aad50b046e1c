// Folders for volumes. A claim keeps its folder when a pod is recreated; all other volumes start empty.
import { chown, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { RUNNER_VOLUME } from "../../kubernetes/names.ts";
import type { Container, Pod } from "../../kubernetes/objects.ts";
import { isRecord } from "../documents.ts";
import { BadInput } from "../ending.ts";
import { expand } from "./expand.ts";

export interface FileOwner {
  uid: number;
  gid: number;
}

/** Volume name to folder. */
export type VolumeFolders = ReadonlyMap<string, string>;

/**
 * Creates the folders of a pod that is about to start.
 * @param runner the folder for the runner's volume, shared by all pods
 * @param owner of the folders; null: the current user
 */
export async function makeVolumeFolders(
  root: string,
  pod: Pod,
  runner: string,
  owner: FileOwner | null,
): Promise<VolumeFolders> {
  const folders = new Map<string, string>();
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.name === RUNNER_VOLUME) {
      folders.set(volume.name, runner);
      continue;
    }
    const claim = readClaimName(volume);
    const { namespace = "default", name = "pod" } = pod.metadata;
    const folder =
      claim === null
        ? join(root, "pods", namespace, volume.name, name)
        : join(root, "claims", namespace, claim);
    if (claim === null) await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    if (owner !== null) await chown(folder, owner.uid, owner.gid);
    folders.set(volume.name, folder);
  }
  return folders;
}

/** The claim of a volume, or null. */
function readClaimName(volume: object): string | null {
  const source = "persistentVolumeClaim" in volume ? volume.persistentVolumeClaim : null;
  return isRecord(source) ? String(source["claimName"]) : null;
}

/** A mount of a container whose volume has a folder here. */
export interface FolderMount {
  /** without a trailing slash */
  readonly path: string;
  readonly folder: string;
  readonly readOnly: boolean;
}

/**
 * Lists the mounts of a container and creates subPath folders, as the kubelet does.
 * @param env the container's variables, for subPathExpr
 */
export async function mountFolders(
  { name, volumeMounts }: Container,
  {
    folders,
    owner,
    env,
  }: { folders: VolumeFolders; owner: FileOwner | null; env: Readonly<Record<string, string>> },
): Promise<FolderMount[]> {
  const mounts: FolderMount[] = [];
  for (const mount of volumeMounts ?? []) {
    const folder = folders.get(mount.name);
    if (folder === undefined) continue;
    const { inner, readOnly } = readMountFields(mount, env);
    if (inner.split("/").includes(".."))
      throw new BadInput(`container ${name}: subPath ${JSON.stringify(inner)} points outside of its volume`);
    const made = join(folder, inner);
    await mkdir(made, { recursive: true });
    if (inner !== "" && owner !== null) await chown(made, owner.uid, owner.gid);
    mounts.push({ path: mount.mountPath.replace(/(.)\/+$/, "$1"), folder: made, readOnly });
  }
  return mounts;
}

/** Fields of a mount that the injection's schema does not have. */
function readMountFields(
  mount: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>>,
): { inner: string; readOnly: boolean } {
  const { subPath, subPathExpr, readOnly } = mount;
  const inner = typeof subPathExpr === "string" ? expand(subPathExpr, env) : subPath;
  return { inner: typeof inner === "string" ? inner : "", readOnly: readOnly === true };
}

/** Translates a path in a container to this machine; a path outside of its volumes stays as it is. */
export function toHostPath(path: string, mounts: readonly FolderMount[]): string {
  const mount = findMount(path, mounts);
  return mount === null ? path : `${mount.folder}${path.slice(mount.path.length)}`;
}

/** The mount that contains a path: the one with the longest mountPath. */
export function findMount(path: string, mounts: readonly FolderMount[]): FolderMount | null {
  const holding = mounts.filter((each) => path === each.path || path.startsWith(`${each.path}/`));
  return holding.sort((a, b) => b.path.length - a.path.length)[0] ?? null;
}
