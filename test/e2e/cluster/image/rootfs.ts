// Builds the node's root file system on Debian with the steps of kind's Dockerfile (images/base/Dockerfile), and the
// changes that hosts on cgroup v1 and without CAP_SYS_RESOURCE need (docs/research/cluster-builder.md#the-node-image).
import { appendFile, chmod, copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Work } from "../cache/part.ts";
import type { HostNeeds } from "../engine/choose.ts";
import { ROOT_TAR } from "./debian.ts";
import { extractStorageManifest } from "./kindfiles.ts";
import { KUBERNETES } from "./pins.ts";
import { STORAGE_IMAGES } from "./systemimages.ts";

const files = join(import.meta.dirname, "files");

/** Where each program is in the node: part, program, folder. */
const PROGRAMS: readonly (readonly [part: string, program: string, folder: string])[] = [
  ["containerd", "containerd", "usr/local/bin"],
  ["containerd", "containerd-shim-runc-v2", "usr/local/bin"],
  ["containerd", "ctr", "usr/local/bin"],
  ["crictl", "crictl", "usr/local/bin"],
  ["runc", "runc", "usr/local/sbin"],
  ["kubernetes", "kubeadm", "usr/bin"],
  ["kubernetes", "kubelet", "usr/bin"],
  ["kubectl", "kubectl", "usr/bin"],
  ...["ptp", "loopback", "host-local", "portmap"].map((name) => ["cni", name, "opt/cni/bin"] as const),
];

/** Units that kind's Dockerfile removes because they do harm in a container. */
const UNWANTED_UNITS = [
  "find /lib/systemd/system/sysinit.target.wants/ -name systemd-tmpfiles-setup.service -delete",
  "rm -f /lib/systemd/system/multi-user.target.wants/* /etc/systemd/system/*.wants/*",
  "rm -f /lib/systemd/system/local-fs.target.wants/* /lib/systemd/system/basic.target.wants/*",
  "rm -f /lib/systemd/system/sockets.target.wants/*udev* /lib/systemd/system/sockets.target.wants/*initctl*",
  // It registers binary formats in the kernel, for the whole machine.
  "systemctl mask systemd-binfmt.service",
].join(" && ");
const WANTED_UNITS = "systemctl enable kubelet containerd undo-mount-hacks load-images";

/** Fills the empty folder `root`. node.ts adds the images' archive. */
export async function fillRoot({ folderOf, shell }: Work, root: string, needs: HostNeeds): Promise<void> {
  await shell.must("tar", ["-C", root, "-xf", join(folderOf("debian-node"), ROOT_TAR)]);
  const kind = folderOf("kind-files");
  await copyKindFiles(join(kind, "files"), root);
  for (const [part, program, folder] of PROGRAMS) {
    await mkdir(join(root, folder), { recursive: true });
    await copyFile(join(folderOf(part), program), join(root, folder, program));
    await chmod(join(root, folder, program), 0o755);
  }
  await addOurFiles(root, await readFile(join(kind, "const_storage.go"), "utf8"));
  const chroot = (script: string): Promise<string> => shell.must("chroot", [root, "/bin/sh", "-ec", script]);
  await chroot(`${UNWANTED_UNITS} && ${WANTED_UNITS}`);
  await appendFile(join(root, "etc/systemd/journald.conf"), "ReadKMsg=no\n");
  const spec = adjustRuntimeSpec(await chroot("/usr/local/bin/ctr oci spec"));
  await writeFile(join(root, "etc/containerd/cri-base.json"), spec);
  await adapt(root, needs);
}

/** kind's files come from Go's read-only module cache; modes are set as in kind's Dockerfile. */
async function copyKindFiles(from: string, root: string): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(from.length + 1);
    if (!entry.isFile() || path.startsWith("LICENSES")) continue;
    await mkdir(join(root, path, ".."), { recursive: true });
    await cp(join(from, path), join(root, path));
    await chmod(join(root, path), /(^|\/)bin\//.test(path) ? 0o755 : 0o644);
  }
}

async function addOurFiles(root: string, storageSource: string): Promise<void> {
  const folders = ["kind/manifests", "kind/images", "etc/cni/net.d", "etc/kubernetes/manifests"];
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, "kind/version"), `v${KUBERNETES}`);
  await writeFile(
    join(root, "kind/manifests/default-storage.yaml"),
    extractStorageManifest(storageSource, STORAGE_IMAGES),
  );
  await copyFile(join(files, "default-cni.yaml"), join(root, "kind/manifests/default-cni.yaml"));
  await copyFile(join(files, "10-static.conflist"), join(root, "etc/cni/net.d/10-static.conflist"));
  await copyFile(join(files, "load-images.service"), join(root, "etc/systemd/system/load-images.service"));
}

/** containerd's default runtime spec as kind changes it: a hook for its mounts, and no limits. */
export function adjustRuntimeSpec(ctrOutput: string): string {
  const spec = JSON.parse(ctrOutput) as { hooks?: object; process?: { rlimits?: unknown } };
  delete spec.process?.rlimits;
  const hooks = { ...spec.hooks, createContainer: [{ path: "/kind/bin/mount-product-files.sh" }] };
  return `${JSON.stringify({ ...spec, hooks }, null, 1)}\n`;
}

async function adapt(root: string, needs: HostNeeds): Promise<void> {
  await edit(join(root, "etc/containerd/config.toml"), (text) => adjustContainerdConfig(text, needs));
  for (const unit of ["containerd.service", "kubelet.service"]) {
    await edit(join(root, "etc/systemd/system", unit), (text) => adjustUnit(text, needs));
  }
}

/** containerd's configuration for a host: cgroups without systemd, and no lowered OOM scores, if needed. */
export function adjustContainerdConfig(toml: string, needs: HostNeeds): string {
  const cgroups = needs.cgroupfs ? toml.replaceAll("SystemdCgroup = true", "SystemdCgroup = false") : toml;
  if (!needs.restricted) return cgroups;
  return cgroups.replaceAll("restrict_oom_score_adj = false", "restrict_oom_score_adj = true");
}

/** A systemd unit for a host: without CAP_SYS_RESOURCE, raising a limit makes the start fail. */
export function adjustUnit(unit: string, needs: HostNeeds): string {
  return needs.restricted ? unit.replaceAll(/^(Limit\w+|OOMScoreAdjust)=.*\n/gm, "") : unit;
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(path, "utf8");
  await rm(path);
  await writeFile(path, change(before), { mode: 0o644 });
}
