// Writes images into one tar that every engine can load: an OCI image layout, which `ctr images import`, `kind load
// image-archive` and podman read, plus the manifest.json of `docker save`, which Docker before 25 needs.

import { createHash } from "node:crypto";
import { copyFile, link, mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { computeFileSha256 } from "../cache/entry.ts";
import type { Shell } from "../process/shell.ts";

/** An image; its layers are tar files, lowest first. */
export interface Image {
  /** With a registry part: containerd reads `local/x` as docker.io/local/x. */
  readonly name: string;
  readonly entrypoint: readonly string[];
  /** Added to PATH, each as NAME=VALUE. @default none */
  readonly env?: readonly string[];
  /** The signal that stops its containers. @default SIGTERM */
  readonly stopSignal?: string;
  readonly layers: readonly string[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image in the manifest.json of `docker save`; paths are inside the tar. */
interface DockerImage {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

const MEDIA = "application/vnd.oci.image";
/** OCI's names of Node's architectures. */
const ARCHITECTURE: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Writes the images into the tar `to`. `work` is an empty folder on the same file system; the layers are kept. */
export async function writeImageArchive(
  shell: Shell,
  images: readonly Image[],
  work: string,
  to: string,
): Promise<void> {
  await mkdir(join(work, "blobs/sha256"), { recursive: true });
  const written: WrittenImage[] = [];
  for (const image of images) written.push(await writeImage(image, work));
  const files: Readonly<Record<string, unknown>> = {
    "oci-layout": { imageLayoutVersion: "1.0.0" },
    "index.json": {
      schemaVersion: 2,
      mediaType: `${MEDIA}.index.v1+json`,
      manifests: written.map(({ oci }) => oci),
    },
    "manifest.json": written.map(({ docker }) => docker),
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(work, name), JSON.stringify(content));
  }
  await shell.must("tar", ["--sort=name", "-C", work, "-cf", to, ...Object.keys(files), "blobs"]);
}

/** An entry for one image in each of the two formats. */
interface WrittenImage {
  readonly oci: Descriptor;
  readonly docker: DockerImage;
}

async function writeImage(image: Image, work: string): Promise<WrittenImage> {
  const layers: Descriptor[] = [];
  for (const path of image.layers) layers.push(await layerBlob(path, work));
  const config = await jsonBlob(work, `${MEDIA}.config.v1+json`, {
    architecture: ARCHITECTURE[process.arch] ?? process.arch,
    os: "linux",
    config: {
      Entrypoint: image.entrypoint,
      Env: [PATH, ...(image.env ?? [])],
      ...(image.stopSignal === undefined ? {} : { StopSignal: image.stopSignal }),
    },
    // Layers are not compressed, so a layer's digest is also its diff ID.
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.digest) },
  });
  const mediaType = `${MEDIA}.manifest.v1+json`;
  const manifest = await jsonBlob(work, mediaType, { schemaVersion: 2, mediaType, config, layers });
  const blob = ({ digest }: Descriptor): string => `blobs/${digest.replace(":", "/")}`;
  return {
    oci: { ...manifest, annotations: { "io.containerd.image.name": image.name } },
    docker: { Config: blob(config), RepoTags: [image.name], Layers: layers.map(blob) },
  };
}

async function jsonBlob(work: string, mediaType: string, content: unknown): Promise<Descriptor> {
  const text = JSON.stringify(content);
  const sha256 = createHash("sha256").update(text).digest("hex");
  await writeFile(join(work, "blobs/sha256", sha256), text);
  return { mediaType, digest: `sha256:${sha256}`, size: Buffer.byteLength(text) };
}

async function layerBlob(path: string, work: string): Promise<Descriptor> {
  const sha256 = await computeFileSha256(path);
  const blob = join(work, "blobs/sha256", sha256);
  // Two images may share a layer; by rename, the second write replaces it with the same content.
  await link(path, `${blob}.new`).catch(() => copyFile(path, `${blob}.new`));
  await rename(`${blob}.new`, blob);
  const { size } = await stat(path);
  return { mediaType: `${MEDIA}.layer.v1.tar`, digest: `sha256:${sha256}`, size };
}
