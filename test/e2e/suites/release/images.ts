// The images of the release suite: the S3 server versitygw, and the counting application, one image for each release.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { detectArch } from "../../../../build/images/arch.ts";
import { writeArchive } from "../../../../build/images/archive.ts";
import { buildLayer } from "../../../../build/images/layer.ts";
import { buildNodeCommand, RUNNER_MOUNT } from "../../../../init/contract/places.ts";
import { bundleProgram } from "../../../bundleProgram.ts";
import { load } from "../../cluster/provider.ts";
import { loadS3Image } from "../../harness/s3Image.ts";

export const S3_IMAGE = "registry.local/e2e/versitygw:1";
export const formatCountedImage = (release: "a" | "b"): string => `registry.local/e2e/counted:${release}`;

const PROGRAM = "/app/count.mjs";

/**
 * The command line of the application in a pod. It uses Node.js in the runner's volume, which saves an image of 120 MB.
 * The overlay's profile has the same command.
 */
export const countCommand = (word: string): string[] => buildNodeCommand(RUNNER_MOUNT, PROGRAM, word);

/** Builds the images and loads them into the cluster's node. */
export async function loadReleaseImages(): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "rollcall-release-"));
  try {
    await loadS3Image(S3_IMAGE);
    await loadCounted(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function loadCounted(scratch: string): Promise<void> {
  const root = join(scratch, "counted");
  await bundleProgram(new URL("count.ts", import.meta.url), join(root, PROGRAM));
  const layers = [await buildLayer(root, ["app"])];
  for (const release of ["a", "b"] as const) {
    const file = join(scratch, `${release}.tar`);
    const config = { Env: [`RELEASE_OF_IMAGE=${release}`] };
    await writeArchive(
      { reference: formatCountedImage(release), images: [{ arch: detectArch(), layers, config }] },
      file,
    );
    await load(file);
  }
}
