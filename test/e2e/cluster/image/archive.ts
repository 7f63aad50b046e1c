// An OCI image layout in one tar, for `ctr images import` and `kind load image-archive`.

import { createHash } from "node:crypto";
import { copyFile, link, mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256Of } from "../cache/entry.ts";
import type { Shell } from "../process/shell.ts";

/** An image to write: its layers are tar files, lowest first. */
export interface Image {
  /** With a registry part: containerd reads `local/x` as docker.io/local/x. */
  readonly name: string;
  readonly entrypoint: readonly string[];
  readonly layers: readonly string[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

const MEDIA = "application/vnd.oci.image";
/** Node's name of an architecture to OCI's. */
const ARCHITECTURE: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Writes the images into the tar `to`. `work` is an empty folder on the same file system; layers are left in place. */
export async function writeArchive(
  shell: Shell,
  images: readonly Image[],
  work: string,
  to: string,
): Promise<void> {
  await mkdir(join(work, "blobs/sha256"), { recursive: true });
  const manifests: Descriptor[] = [];
  for (const image of images) manifests.push(await writeImage(image, work));
  const layout = { imageLayoutVersion: "1.0.0" };
  await writeFile(join(work, "oci-layout"), JSON.stringify(layout));
  const index = { schemaVersion: 2, mediaType: `${MEDIA}.index.v1+json`, manifests };
  await writeFile(join(work, "index.json"), JSON.stringify(index));
  await shell.must("tar", ["--sort=name", "-C", work, "-cf", to, "oci-layout", "index.json", "blobs"]);
}

async function writeImage(image: Image, work: string): Promise<Descriptor> {
  const layers: Descriptor[] = [];
  for (const path of image.layers) layers.push(await layerBlob(path, work));
  const config = await jsonBlob(work, `${MEDIA}.config.v1+json`, {
    architecture: ARCHITECTURE[process.arch] ?? process.arch,
    os: "linux",
    config: { Entrypoint: image.entrypoint, Env: [PATH] },
    // Layers are not compressed, so a layer's digest is its diff id too.
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.digest) },
  });
  const mediaType = `${MEDIA}.manifest.v1+json`;
  const manifest = await jsonBlob(work, mediaType, { schemaVersion: 2, mediaType, config, layers });
  return { ...manifest, annotations: { "io.containerd.image.name": image.name } };
}

async function jsonBlob(work: string, mediaType: string, content: unknown): Promise<Descriptor> {
  const text = JSON.stringify(content);
  const sha256 = createHash("sha256").update(text).digest("hex");
  await writeFile(join(work, "blobs/sha256", sha256), text);
  return { mediaType, digest: `sha256:${sha256}`, size: Buffer.byteLength(text) };
}

async function layerBlob(path: string, work: string): Promise<Descriptor> {
  const sha256 = await sha256Of(path);
  const blob = join(work, "blobs/sha256", sha256);
  // Two images may share a layer: by rename, so that the second writes the same over it.
  await link(path, `${blob}.new`).catch(() => copyFile(path, `${blob}.new`));
  await rename(`${blob}.new`, blob);
  const { size } = await stat(path);
  return { mediaType: `${MEDIA}.layer.v1.tar`, digest: `sha256:${sha256}`, size };
}
