// The state of a cluster: a file in its folder, written before any action and removed last. While the file exists,
// there may be something to remove.
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { ClusterError } from "./failure.ts";

const stateSchema = z.object({
  name: z.string(),
  checkout: z.string(),
  /** `starting` from the first change of the host until kind has finished, then `up`. */
  phase: z.enum(["starting", "up"]),
  engine: z.object({
    name: z.enum(["docker", "podman"]),
    why: z.string(),
    env: z.record(z.string(), z.string()),
  }),
  needs: z.object({ cgroupfs: z.boolean(), restricted: z.boolean() }),
  image: z.object({ name: z.string(), origin: z.enum(["pulled", "built"]), why: z.string() }),
  kubernetes: z.string(),
  kubectl: z.string(),
  kind: z.string(),
  /** Whether its API server presents a client certificate to the webhook. */
  clientCertificate: z.boolean().optional(),
});

/** A cluster that was started and not yet removed. */
export type ClusterState = Readonly<z.infer<typeof stateSchema>>;

/** Folder of a cluster: state, kubeconfig, kind's configuration. */
export interface ClusterFolder {
  readonly path: string;
  readonly state: string;
  readonly kubeconfig: string;
  readonly kindConfig: string;
  /** Of the API server's client certificate, if it has one. */
  readonly admission: string;
}

export function clusterFolder(clusters: string, name: string): ClusterFolder {
  const path = join(clusters, name);
  const file = (base: string): string => join(path, base);
  return {
    path,
    state: file("state.json"),
    kubeconfig: file("kubeconfig"),
    kindConfig: file("kind.yaml"),
    admission: file("admission"),
  };
}

/** The state; null if no cluster was started. */
export async function readState(folder: ClusterFolder): Promise<ClusterState | null> {
  const text = await readFile(folder.state, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    // Written by another version. `down` finds a cluster without a state by its name.
    throw new ClusterError(
      `cannot parse ${folder.state}: remove that file, then run \`npm run cluster -- down\``,
    );
  }
}

export async function writeState(folder: ClusterFolder, state: ClusterState): Promise<void> {
  await mkdir(folder.path, { recursive: true, mode: 0o700 }); // it contains a kubeconfig of the cluster's admin
  const half = `${folder.state}.${process.pid}`;
  await writeFile(half, `${JSON.stringify(state, null, 1)}\n`);
  await rename(half, folder.state);
}

export async function removeState(folder: ClusterFolder): Promise<void> {
  await rm(folder.path, { recursive: true, force: true });
}

/** Names of all clusters of this user, of any checkout and version. */
export async function listClusters(clusters: string): Promise<string[]> {
  const names = await readdir(clusters).catch(() => []);
  const hasState = (name: string): Promise<boolean> =>
    access(clusterFolder(clusters, name).state).then(
      () => true,
      () => false,
    );
  const begun = await Promise.all(names.map(hasState));
  return names.filter((_, index) => begun[index]);
}
