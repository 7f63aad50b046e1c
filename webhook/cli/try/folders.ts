// Folders for volumes: what persists (claims) keeps its folder over a pod's life, everything else begins empty.
import { chown, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { RUNNER_VOLUME } from "../../inject/names.ts";
import type { Container, Pod } from "../../inject/shape.ts";
import { isRecord } from "../documents.ts";

export interface Owner {
  uid: number;
  gid: number;
}

/** Volume name to folder. */
export type Folders = ReadonlyMap<string, string>;

/**
 * Makes the folders of a pod that is about to start.
 * @param runner the folder that stands for the runner's volume, shared by all pods
 * @param owner who is to write there; null leaves it to whoever runs this
 */
export async function makeFolders(
  root: string,
  pod: Pod,
  runner: string,
  owner: Owner | null,
): Promise<Folders> {
  const folders = new Map<string, string>();
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.name === RUNNER_VOLUME) {
      folders.set(volume.name, runner);
      continue;
    }
    const claim = claimOf(volume);
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

/** The claim behind a volume: a template's own claim is one volume for all its pods. */
function claimOf(volume: object): string | null {
  const source = "persistentVolumeClaim" in volume ? volume.persistentVolumeClaim : null;
  return isRecord(source) ? String(source["claimName"]) : null;
}

/** Makes the subPath folders of a container's mounts, as the kubelet does. */
export async function makeSubPaths(
  container: Container,
  folders: Folders,
  owner: Owner | null,
): Promise<void> {
  for (const mount of container.volumeMounts ?? []) {
    const folder = folders.get(mount.name);
    const subPath = subPathOf(mount);
    if (folder === undefined || subPath === "") continue;
    await mkdir(join(folder, subPath), { recursive: true });
    if (owner !== null) await chown(join(folder, subPath), owner.uid, owner.gid);
  }
}

const subPathOf = (mount: object): string =>
  "subPath" in mount && typeof mount.subPath === "string" ? mount.subPath : "";

/** A word that begins with a mountPath gets the volume's folder instead; any other stays. */
export type Translate = (word: string) => string;

/** The translation for the mounts of one container, the longest path first. */
export function translation(container: Container, folders: Folders): Translate {
  const mounts = (container.volumeMounts ?? [])
    .flatMap((mount) => {
      const folder = folders.get(mount.name);
      return folder === undefined
        ? []
        : [{ path: mount.mountPath.replace(/\/+$/, ""), folder: join(folder, subPathOf(mount)) }];
    })
    .sort((a, b) => b.path.length - a.path.length);
  return (word) => {
    const mount = mounts.find(({ path }) => word === path || word.startsWith(`${path}/`));
    return mount === undefined ? word : `${mount.folder}${word.slice(mount.path.length)}`;
  };
}
