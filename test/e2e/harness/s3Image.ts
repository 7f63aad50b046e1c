// An image of the S3 server versitygw, for suites whose pods use S3.
import { chmod, copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { detectArch } from "../../../build/images/arch.ts";
import { writeArchive } from "../../../build/images/archive.ts";
import { buildLayer } from "../../../build/images/layer.ts";
import { ensureTool, load } from "../cluster/provider.ts";

/** Path of the program in the image. */
export const VERSITYGW = "/bin/versitygw";

/** Builds the image and loads it into the cluster's node. @param reference its name */
export async function loadS3Image(reference: string): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "rollcall-s3-image-"));
  try {
    const root = join(scratch, "root");
    await mkdir(join(root, "bin"), { recursive: true });
    await copyFile(await ensureTool("versitygw"), join(root, VERSITYGW));
    await chmod(join(root, VERSITYGW), 0o755);
    const file = join(scratch, "image.tar");
    const layers = [await buildLayer(root, ["bin"])];
    const config = { Env: ["PATH=/bin"], Entrypoint: [VERSITYGW] };
    await writeArchive({ reference, images: [{ arch: detectArch(), layers, config }] }, file);
    await load(file);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
