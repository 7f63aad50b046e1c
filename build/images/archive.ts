// Writes an image as an OCI archive without a container engine: for `kind load image-archive`, `ctr images import`,
// `podman load` and `docker load` (25 and later). Specification: OCI image-spec v1.1, image-layout, config, manifest.
import { writeFile } from "node:fs/promises";
import type { Arch } from "./arch.ts";
import { type ImageLayer, packTar, sha256, type TarEntry } from "./layer.ts";

export interface ArchiveRequest {
  /** the full name, with registry and tag */
  reference: string;
  arch: Arch;
  layers: readonly ImageLayer[];
  /** the container configuration (User, Entrypoint, …), with the field names of the image-spec */
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

/** Writes the archive. It is reproducible: the same request gives the same bytes. */
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
        // containerd reads the name from the first annotation, other tools from the second
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
