// An image as an OCI archive, without any engine: for `kind load image-archive`, `ctr images import`, `podman
// load` and `docker load` (25 and later). Specification: OCI image-spec v1.1, image-layout, config, manifest.
import { writeFile } from "node:fs/promises";
import type { Arch } from "./arch.ts";
import { type ImageLayer, packTar, sha256, type TarEntry } from "./layer.ts";

export interface ArchiveRequest {
  /** the whole name, registry and tag too */
  reference: string;
  arch: Arch;
  layers: readonly ImageLayer[];
  /** how a container of it starts: User, Entrypoint and the like, by their names in the image-spec */
  config: Readonly<Record<string, unknown>>;
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

const TYPE = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

/** Writes the archive; the same request makes the same bytes. */
export async function writeArchive(request: ArchiveRequest, file: string): Promise<void> {
  await writeFile(file, await packTar(archiveEntries(request)));
}

function archiveEntries(request: ArchiveRequest): TarEntry[] {
  const { arch, layers, reference } = request;
  const config = json(buildImageConfig(request));
  const manifest = json({
    schemaVersion: 2,
    mediaType: TYPE.manifest,
    config: descriptor(TYPE.config, config),
    layers: layers.map(({ bytes }) => descriptor(TYPE.layer, bytes)),
  });
  const index = json({
    schemaVersion: 2,
    mediaType: TYPE.index,
    manifests: [
      {
        ...descriptor(TYPE.manifest, manifest),
        platform: { architecture: arch, os: "linux" },
        // the first is what containerd takes for the name, the second what the others do
        annotations: {
          "io.containerd.image.name": reference,
          "org.opencontainers.image.ref.name": reference,
        },
      },
    ],
  });
  const blobs = [config, manifest, ...layers.map(({ bytes }) => bytes)];
  return [
    file("oci-layout", json({ imageLayoutVersion: "1.0.0" })),
    file("index.json", index),
    folder("blobs/"),
    folder("blobs/sha256/"),
    ...blobs.map((blob) => file(`blobs/sha256/${sha256(blob)}`, blob)),
  ];
}

function buildImageConfig({ config, arch, layers }: ArchiveRequest): unknown {
  return {
    architecture: arch,
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function descriptor(mediaType: string, bytes: Buffer): Descriptor {
  return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length };
}

function file(name: string, body: Buffer): TarEntry {
  return { name, mode: 0o644, body };
}

function folder(name: string): TarEntry {
  return { name, mode: 0o755, body: null };
}
