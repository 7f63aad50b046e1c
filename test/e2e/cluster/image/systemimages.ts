// The images of a new cluster's system pods, under the names that kubeadm and kind use.
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Work } from "../cache/part.ts";
import { type Image, writeImageArchive } from "./archive.ts";
import { ROOT_TAR } from "./debian.ts";
import { KUBERNETES, MODULES, PAUSE } from "./pins.ts";

/** Names of our two images in kind's storage manifest. */
export const STORAGE_IMAGES = {
  provisioner: `registry.local/cluster/local-path-provisioner:v${MODULES["local-path"].version}`,
  helper: `registry.local/cluster/local-path-helper:v${MODULES["local-path"].version}`,
};

/** Writes all images into one archive. `work` is an empty folder. */
export async function writeSystemImages({ folderOf, shell }: Work, work: string, to: string): Promise<void> {
  const debian = join(folderOf("debian-images"), ROOT_TAR);
  const layer = (program: string, at: string): Promise<string> => programLayer(shell, program, at, work);
  const kubernetes = (name: string): string => join(folderOf("kubernetes"), name);
  const listed = await kubeadmImages(shell, kubernetes("kubeadm"));
  const pause = await layer(join(folderOf("pause"), "pause"), "pause");
  const images: Image[] = [];
  for (const name of ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]) {
    const layers = [await layer(kubernetes(name), `usr/local/bin/${name}`)];
    images.push({ name: findImageByName(listed, name), entrypoint: [name], layers });
  }
  const etcd = await layer(join(folderOf("etcd"), "etcd"), "usr/local/bin/etcd");
  const coredns = await layer(join(folderOf("coredns"), "coredns"), "coredns");
  const proxy = await layer(kubernetes("kube-proxy"), "usr/local/bin/kube-proxy");
  const provisioner = join(folderOf("local-path"), "local-path-provisioner");
  const storage = await layer(provisioner, "usr/local/bin/local-path-provisioner");
  images.push(
    { name: findImageByName(listed, "etcd"), entrypoint: ["etcd"], layers: [etcd] },
    { name: findImageByName(listed, "coredns"), entrypoint: ["/coredns"], layers: [coredns] },
    {
      name: findImageByName(listed, "kube-proxy"),
      entrypoint: ["/usr/local/bin/kube-proxy"],
      layers: [debian, proxy],
    },
    // The pause images of containerd and of kubeadm, which often differ by one version.
    ...[...new Set([PAUSE, findImageByName(listed, "pause")])].map((name) => pauseImage(name, pause)),
    { name: STORAGE_IMAGES.provisioner, entrypoint: ["local-path-provisioner"], layers: [storage] },
    { name: STORAGE_IMAGES.helper, entrypoint: ["/bin/sh"], layers: [debian] },
  );
  await writeImageArchive(shell, images, join(work, "layout"), to);
}

const pauseImage = (name: string, layer: string): Image => ({
  name,
  entrypoint: ["/pause"],
  layers: [layer],
});

async function kubeadmImages(shell: Work["shell"], kubeadm: string): Promise<string[]> {
  const args = ["config", "images", "list", "--kubernetes-version", `v${KUBERNETES}`];
  return (await shell.must(kubeadm, args)).split("\n").filter((line) => line !== "");
}

/** The full name of an image by its last part, from kubeadm's list. */
export function findImageByName(listed: readonly string[], name: string): string {
  const found = listed.find((image) => image.split(":")[0]?.split("/").at(-1) === name);
  if (found === undefined) throw new Error(`kubeadm lists no image ${name}: ${listed.join(" ")}`);
  return found;
}

/** A layer with one program, a /tmp and a named user, as programs expect. */
async function programLayer(
  shell: Work["shell"],
  program: string,
  at: string,
  work: string,
): Promise<string> {
  const root = await mkdtemp(join(work, "layer-"));
  const path = join(root, at);
  await mkdir(join(path, ".."), { recursive: true });
  await copyFile(program, path);
  await chmod(path, 0o755);
  await mkdir(join(root, "etc"));
  await writeFile(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  await mkdir(join(root, "tmp"));
  await chmod(join(root, "tmp"), 0o1777);
  await chmod(root, 0o755); // mkdtemp's 0700 would become the mode of the image's root
  const tar = join(work, `${basename(root)}-${basename(at)}.tar`);
  await shell.must("tar", [
    "--sort=name",
    "--owner=0",
    "--group=0",
    "--mtime=@0",
    "-C",
    root,
    "-cf",
    tar,
    ".",
  ]);
  await rm(root, { recursive: true });
  return tar;
}
