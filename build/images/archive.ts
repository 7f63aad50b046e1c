// Writes an image as an OCI archive without a container engine, for one architecture or several: for `kind load
// image-archive`, `ctr images import`, `podman load`, `docker load` (25 and later), `skopeo copy oci-archive:FILE`.
// Specification: OCI image-spec v1.1, image-layout, config, manifest.
import { writeFile } from "node:fs/promises";
import type { Arch } from "./arch.ts";
import { type ImageLayer, packTar, sha256, type TarEntry } from "./layer.ts";

/** The image for one architecture. */
export interface PlatformImage {
  arch: Arch;
  layers: readonly ImageLayer[];
  /** the container configuration (User, Entrypoint, …), with the field names of the image-spec */
  config: Readonly<Record<string, unknown>>;
}

export interface ArchiveRequest {
  /** the full name, with registry and tag */
  reference: string;
  /** one, or one for each architecture */
  images: readonly PlatformImage[];
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

function archiveEntries({ reference, images }: ArchiveRequest): TarEntry[] {
  const platforms = images.map(packPlatform);
  // containerd reads the name from the first annotation, other tools from the second
  const annotations = {
    "io.containerd.image.name": reference,
    "org.opencontainers.image.ref.name": reference,
  };
  const descriptors = platforms.map((platform) => platform.descriptor);
  // an image for several architectures has an index of its own, so that the name belongs to all of them
  const nested = images.length === 1 ? [] : [writeIndex(descriptors)];
  const named = nested.length === 0 ? descriptors : nested.map((bytes) => describeBlob(TYPE.index, bytes));
  const index = writeIndex(named.map((one) => ({ ...one, annotations })));
  const blobs = new Map(
    [...platforms.flatMap((platform) => platform.blobs), ...nested].map((blob) => [sha256(blob), blob]),
  );
  return [
    file("oci-layout", json({ imageLayoutVersion: "1.0.0" })),
    file("index.json", index),
    folder("blobs/"),
    folder("blobs/sha256/"),
    ...[...blobs].map(([digest, blob]) => file(`blobs/sha256/${digest}`, blob)),
  ];
}

const writeIndex = (manifests: readonly unknown[]): Buffer =>
  json({ schemaVersion: 2, mediaType: TYPE.index, manifests });

/** The blobs of one architecture, and the entry for an index. */
function packPlatform(image: PlatformImage): { descriptor: object; blobs: readonly Buffer[] } {
  const config = json(buildImageConfig(image));
  const manifest = json({
    schemaVersion: 2,
    mediaType: TYPE.manifest,
    config: describeBlob(TYPE.config, config),
    layers: image.layers.map(({ bytes }) => describeBlob(TYPE.layer, bytes)),
  });
  const platform = { architecture: image.arch, os: "linux" };
  return {
    descriptor: { ...describeBlob(TYPE.manifest, manifest), platform },
    blobs: [config, manifest, ...image.layers.map(({ bytes }) => bytes)],
  };
}

function buildImageConfig({ config, arch, layers }: PlatformImage): unknown {
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

function describeBlob(mediaType: string, bytes: Buffer): Descriptor {
  return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length };
}

function file(name: string, body: Buffer): TarEntry {
  return { name, mode: 0o644, body };
}

function folder(name: string): TarEntry {
  return { name, mode: 0o755, body: null };
}
