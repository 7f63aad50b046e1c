// Stand-ins of the example's images under the names that it has: a cluster of ours reaches no registry. Perl is
// Debian's, the S3 server is a real one; OTOBO, MariaDB and Redis are standIn.pl.
import { chmod, copyFile, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ownArch } from "../../../../build/images/arch.ts";
import { writeArchive } from "../../../../build/images/archive.ts";
import { fetchDebs, unpackDebs } from "../../../../build/images/debian.ts";
import { type Layer, layer } from "../../../../build/images/layer.ts";
import { OTOBO_NEXT } from "../../../../init/contract/otobo/places.ts";
import { makeTree } from "../../../otobo/tree.ts";
import { load, tool } from "../../cluster/provider.ts";

const PERL = ["perl-base", "perl", "perl-modules-5.36", "libperl5.36", "libc6", "libcrypt1"];
const PROGRAM = "/standin.pl";

/** The example's images by what stands in for each. */
export const IMAGES = {
  otobo: "docker.io/rotheross/otobo:rel-11_0_6",
  mariadb: "docker.io/library/mariadb:10.11",
  redis: "docker.io/library/redis:7.2",
  s3: "ghcr.io/versity/versitygw:v1.8.0",
} as const;

/** Makes them and loads them into the cluster's node. */
export async function loadOtoboImages(): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "rollcall-otobo-image-"));
  try {
    const perl = await perlLayer(scratch);
    for (const role of ["otobo", "mariadb", "redis"] as const) {
      await loadImage(scratch, IMAGES[role], [perl], [PROGRAM, role]);
    }
    const root = join(scratch, "s3");
    await mkdir(join(root, "bin"), { recursive: true });
    await copyFile(await tool("versitygw"), join(root, "bin/versitygw"));
    await chmod(join(root, "bin/versitygw"), 0o755);
    await loadImage(scratch, IMAGES.s3, [await layer(root, ["bin"])], ["/bin/versitygw"]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function perlLayer(scratch: string): Promise<Layer> {
  const root = join(scratch, "root");
  await unpackDebs(await fetchDebs({ packages: PERL, arch: ownArch(), scratch }), root);
  await rm(join(root, "usr/share/doc"), { recursive: true, force: true });
  const next = join(root, OTOBO_NEXT);
  await mkdir(join(root, "opt/otobo_install"), { recursive: true });
  await makeTree(next);
  await writeFile(join(next, "docker_firsttime"), "");
  await cp(fileURLToPath(new URL("standIn.pl", import.meta.url)), join(root, PROGRAM));
  await chmod(join(root, PROGRAM), 0o755);
  return layer(root, ["usr", "lib", "lib64", "opt", PROGRAM.slice(1)]);
}

async function loadImage(
  scratch: string,
  reference: string,
  layers: readonly Layer[],
  entrypoint: string[],
): Promise<void> {
  const file = join(scratch, "image.tar");
  const config = { Env: ["PATH=/usr/bin:/bin"], Entrypoint: entrypoint };
  await writeArchive({ reference, arch: ownArch(), layers, config }, file);
  await load(file);
}
