// Stand-ins for the example's images under the same names, since a test cluster reaches no registry. Perl is Debian's,
// the S3 server is a real one; standIn.pl replaces OTOBO, MariaDB and Redis.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { chmod, cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { detectArch } from "../../../../build/images/arch.ts";
import { fetchDebs, unpackDebs } from "../../../../build/images/debian.ts";
import { OTOBO_NEXT } from "../../../../presets/otobo/contract/places.ts";
import { makeTree, TREE_SOURCES } from "../../../presets/otobo/tree.ts";
import { ensureSinglePart } from "../../cluster/cache/ensureSinglePart.ts";
import { type CachePart, computeRecipeDigest, type Work } from "../../cluster/cache/part.ts";
import { writeImageArchive } from "../../cluster/image/archive.ts";
import { load } from "../../cluster/provider.ts";
import { loadS3Image } from "../../harness/s3Image.ts";

/** The example's images, by their stand-in. */
export const IMAGES = {
  otobo: "docker.io/rotheross/otobo:rel-11_0_6",
  mariadb: "docker.io/library/mariadb:10.11",
  redis: "docker.io/library/redis:7.2",
  s3: "ghcr.io/versity/versitygw:v1.8.0",
} as const;

const SCRIPT = fileURLToPath(new URL("standIn.pl", import.meta.url));
const PROGRAM = "/opt/standin.pl";
const ARCHIVE = "image.tar";
/** Perl with its core modules, whose package names contain its version, and its library. */
const PACKAGES = ["perl-base", "perl", "perl-modules-5.36", "libperl5.36", "libc6", "libcrypt1"];
const PASSWD = "root:x:0:0:root:/root:/bin/sh\notobo:x:1000:1000:otobo:/opt/otobo:/bin/sh\n";
const ROLES = ["otobo", "mariadb", "redis"] as const;

/** Builds the images and loads them into the cluster's node. */
export async function loadOtoboImages(): Promise<void> {
  const log = (line: string): void => console.log(`      ${line}`);
  const folder = await ensureSinglePart(standIns(), { log, signal: new AbortController().signal });
  await load(join(folder, ARCHIVE));
  await loadS3Image(IMAGES.s3);
}

function standIns(): CachePart {
  const sources = [SCRIPT, ...TREE_SOURCES].map(readTexts);
  return {
    name: "otobo-stand-ins",
    digest: computeRecipeDigest([detectArch(), PACKAGES, IMAGES, PROGRAM, PASSWD, sources]),
    title: "images that stand in for OTOBO, MariaDB and Redis: Debian's Perl, and programs of ours",
    needs: [],
    build,
  };
}

async function build({ out, shell }: Work): Promise<void> {
  const scratch = join(out, "scratch");
  const root = join(out, "root");
  await unpackDebs(await fetchDebs({ packages: PACKAGES, arch: detectArch(), scratch }), root);
  await rm(join(root, "usr/share/doc"), { recursive: true });
  await mkdir(join(root, OTOBO_NEXT, ".."), { recursive: true });
  await makeTree(join(root, OTOBO_NEXT));
  await cp(SCRIPT, join(root, PROGRAM));
  await chmod(join(root, PROGRAM), 0o755);
  await mkdir(join(root, "etc"), { recursive: true });
  await writeFile(join(root, "etc/passwd"), PASSWD);
  await mkdir(join(root, "tmp"));
  await shell.must("chmod", ["-R", "a+rX", root]);
  await chmod(join(root, "tmp"), 0o1777);
  const layer = join(out, "layer.tar");
  const plain = ["--sort=name", "--owner=0", "--group=0", "--mtime=@0"];
  await shell.must("tar", [...plain, "-C", root, "-cf", layer, "."]);
  const images = ROLES.map((role) => ({ name: IMAGES[role], entrypoint: [PROGRAM, role], layers: [layer] }));
  await writeImageArchive(shell, images, join(out, "layout"), join(out, ARCHIVE));
  for (const name of ["scratch", "root", "layout", "layer.tar"])
    await rm(join(out, name), { recursive: true });
}

/** The text of a file, or the texts of all files of a folder by path. */
function readTexts(path: string): unknown {
  if (!statSync(path).isDirectory()) return readFileSync(path, "utf8");
  const names = readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => statSync(join(path, name)).isFile());
  return files.map((name) => [name, readFileSync(join(path, name), "utf8")]);
}
