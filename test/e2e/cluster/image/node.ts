// The node image, and all parts from which it is built. `docker load` and `podman load` read its archive.
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type CachePart, computeRecipeDigest, type Work } from "../cache/part.ts";
import type { HostNeeds } from "../engine/choose.ts";
import { writeImageArchive } from "./archive.ts";
import { createDebianPart } from "./debian.ts";
import { goPart } from "./gobuild.ts";
import { createKindFilesPart } from "./kindfiles.ts";
import { DEBIAN, KUBERNETES, MODULES } from "./pins.ts";
import { fillRoot } from "./rootfs.ts";
import { writeSystemImages } from "./systemimages.ts";

/** File in the node part's folder: an archive of one image (archive.ts). */
export const NODE_ARCHIVE = "node.tar";

/** How a container of the node image starts and stops, as in kind's Dockerfile. */
const NODE_CONFIG = {
  entrypoint: ["/usr/local/bin/entrypoint", "/sbin/init"],
  env: ["container=docker"],
  // systemd ignores SIGTERM. `docker import` cannot set a stop signal, so the image is loaded with its configuration.
  stopSignal: "SIGRTMIN+3",
};

export type ModuleName = keyof typeof MODULES;

/** Every part of the cache, by name. `go` provides a Go, and is only called for a build. */
export function listAllParts(
  go: () => Promise<string>,
): Record<ModuleName, CachePart> & Record<"kind-files", CachePart> {
  const names = Object.keys(MODULES) as ModuleName[];
  const programs = Object.fromEntries(names.map((name) => [name, goPart(name, MODULES[name], go)]));
  return { ...(programs as Record<ModuleName, CachePart>), "kind-files": createKindFilesPart(go) };
}

/** The node image's archive for a host with these requirements. */
export function createNodePart(needs: HostNeeds, go: () => Promise<string>): CachePart {
  const { kind: _kind, versitygw: _versitygw, ...inside } = listAllParts(go);
  const debian = [
    createDebianPart("debian-node", DEBIAN.node),
    createDebianPart("debian-images", DEBIAN.images),
  ];
  const parts = [...Object.values(inside), ...debian, pausePart()];
  const digest = computeRecipeDigest([parts.map((part) => part.digest), needs, recipe(), process.arch]);
  return {
    name: "node",
    digest,
    title: `node image with Kubernetes ${KUBERNETES}`,
    needs: parts,
    build: (work) => buildNode(work, needs, formatNodeImageName(digest)),
  };
}

/** The name of the node image in the engine. Its tag has the part's digest, so a changed pin is another image. */
export const formatNodeImageName = (digest: string): string =>
  `localhost/kindest/node:v${KUBERNETES}-${digest.slice(0, 12)}`;

async function buildNode(work: Work, needs: HostNeeds, name: string): Promise<void> {
  const root = join(work.out, ".root");
  const images = join(work.out, ".images");
  const archive = join(work.out, ".archive");
  for (const folder of [root, images, archive]) await mkdir(folder);
  await fillRoot(work, root, needs);
  await writeSystemImages(work, images, join(work.out, "images.tar"));
  await rename(join(work.out, "images.tar"), join(root, "kind/images/images.tar"));
  const layer = join(work.out, ".layer.tar");
  await work.shell.must("tar", ["--sort=name", "-C", root, "-cf", layer, "."]);
  const image = { ...NODE_CONFIG, name, layers: [layer] };
  await writeImageArchive(work.shell, [image], archive, join(work.out, NODE_ARCHIVE));
  for (const left of [root, images, archive, layer]) await rm(left, { recursive: true });
}

function pausePart(): CachePart {
  const source = join(import.meta.dirname, "files/pause.c");
  const flags = ["-static", "-Os", "-s"];
  return {
    name: "pause",
    digest: computeRecipeDigest([readFileSync(source, "utf8"), flags, process.arch]),
    title: "pause, a static C program",
    needs: [],
    build: async ({ out, shell }) => {
      await shell.must("gcc", [...flags, "-o", join(out, "pause"), source]);
    },
  };
}

/**
 * The source of the code that assembles the image. Assembling takes a minute, so a rebuild after a changed comment is
 * acceptable.
 */
function recipe(): string[] {
  const files = readdirSync(join(import.meta.dirname, "files"))
    .map((name) => `files/${name}`)
    .sort();
  const sources = ["node.ts", "rootfs.ts", "systemimages.ts", "archive.ts", "kindfiles.ts"];
  return [...sources, ...files].map((name) => readFileSync(join(import.meta.dirname, name), "utf8"));
}
