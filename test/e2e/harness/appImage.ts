// The image of the example and of the suites' applications: busybox from Debian's package, under the name in the
// example, since a test cluster reaches no registry.
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { detectArch } from "../../../build/images/arch.ts";
import { writeArchive } from "../../../build/images/archive.ts";
import { fetchDebs, unpackDebs } from "../../../build/images/debian.ts";
import { buildLayer } from "../../../build/images/layer.ts";

/** As in manifests/examples/generic. */
export const APP_IMAGE = "docker.io/library/busybox:1.37";

const APPLETS = [
  "sh",
  "cat",
  "echo",
  "env",
  "false",
  "id",
  "ls",
  "mkdir",
  "rm",
  "sleep",
  "test",
  "touch",
  "true",
  "wc",
];

/** Writes the image as an OCI archive for this machine's architecture. @param reference its name */
export async function writeAppImage(file: string, reference: string = APP_IMAGE): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "rollcall-app-"));
  try {
    const debs = await fetchDebs({ packages: ["busybox-static"], arch: detectArch(), scratch });
    const root = join(scratch, "root");
    await mkdir(root);
    await unpackDebs(debs, root);
    // busybox acts as the applet whose name it is called by
    for (const name of APPLETS) await symlink("busybox", join(root, "bin", name));
    const layers = [await buildLayer(root, ["bin"])];
    const config = { Env: ["PATH=/bin"], Cmd: ["sh"] };
    await writeArchive({ reference, images: [{ arch: detectArch(), layers, config }] }, file);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
