// The image of the Ozone suites: the jars of ../../maven on Debian with a Java runtime, built without an engine. Its
// scripts are stand-ins for the vendor's, and say so (docs/research/ozone.md#image-and-entrypoint).
import { readdirSync, readFileSync } from "node:fs";
import { chmod, cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { ensureSinglePart } from "../../../../e2e/cluster/cache/ensureSinglePart.ts";
import { type CachePart, computeRecipeDigest, type Work } from "../../../../e2e/cluster/cache/part.ts";
import { writeImageArchive } from "../../../../e2e/cluster/image/archive.ts";
import { createDebianPart, ROOT_TAR } from "../../../../e2e/cluster/image/debian.ts";

/** As in manifests/examples/ozone, where the image comes from a registry. */
export const OZONE_IMAGE = "docker.io/apache/ozone:2.2.0";

const FILES = join(import.meta.dirname, "files");
const CLIENT = join(import.meta.dirname, "../../processes/Client.java");
const ARCHIVE = "image.tar";
const LIB = "opt/hadoop/share/ozone/lib";
const CLASSES = "opt/hadoop/share/ozone/client";

/** As in the vendor's image: its user, and folders that any user may write to. */
const PASSWD = "root:x:0:0:root:/root:/bin/bash\nhadoop:x:1000:1000:hadoop:/opt/hadoop:/bin/bash\n";
const OPEN = ["opt/hadoop", "etc/hadoop", "var/log/hadoop", "data"];

const ENTRYPOINT = ["/usr/bin/dumb-init", "--", "entrypoint.sh"];
const BIN = "usr/local/bin";

/** @param jars their folder in the cache, whose name identifies them */
function imagePart(jars: string): CachePart {
  // Java's package links its manual pages into a folder that a root without manuals lacks
  const manuals = ['--essential-hook=mkdir -p "$1/usr/share/man/man1"'];
  const debian = createDebianPart("debian-ozone", ["openjdk-17-jre-headless", "dumb-init"], manuals);
  const files = readdirSync(FILES).sort();
  const texts = [...files.map((name) => join(FILES, name)), CLIENT].map((path) => readFileSync(path, "utf8"));
  return {
    name: "ozone-image",
    digest: computeRecipeDigest([
      debian.digest,
      basename(jars),
      files,
      texts,
      OZONE_IMAGE,
      ENTRYPOINT,
      PASSWD,
      OPEN,
    ]),
    title: "an image with Ozone 2.2.0: Debian, a Java runtime and 197 jars",
    needs: [debian],
    build: (work) => build(work, jars),
  };
}

async function build({ out, shell, folderOf }: Work, jars: string): Promise<void> {
  const root = join(out, "root");
  for (const folder of [...OPEN, LIB, CLASSES, "etc", BIN, "opt/hadoop/etc/hadoop"])
    await mkdir(join(root, folder), { recursive: true });
  for (const name of (await readdir(jars)).filter((each) => each.endsWith(".jar")))
    await cp(join(jars, name), join(root, LIB, name));
  await shell.must("javac", ["--release", "17", "-cp", `${jars}/*`, "-d", join(root, CLASSES), CLIENT]);
  const place = (name: string, folder: string): Promise<void> =>
    cp(join(FILES, name), join(root, folder, name));
  for (const name of ["ozone", "entrypoint.sh", "envtoconf.sh"]) await place(name, BIN);
  await place("log4j.properties", "opt/hadoop/etc/hadoop");
  await writeFile(join(root, "etc/passwd"), PASSWD);
  await shell.must("chmod", ["-R", "a+rX", root]);
  for (const folder of OPEN) await chmod(join(root, folder), 0o1777);
  const layer = join(out, "layer.tar");
  const plain = ["--sort=name", "--owner=0", "--group=0", "--mtime=@0"];
  await shell.must("tar", [...plain, "-C", root, "-cf", layer, "."]);
  const layers = [join(folderOf("debian-ozone"), ROOT_TAR), layer];
  const image = { name: OZONE_IMAGE, entrypoint: ENTRYPOINT, layers };
  await writeImageArchive(shell, [image], join(out, "layout"), join(out, ARCHIVE));
  for (const name of ["root", "layout", "layer.tar"]) await rm(join(out, name), { recursive: true });
}

/** The image as an archive, built unless the cache has a complete one. @param jars from ensureOzoneJars */
export async function ensureOzoneImage(
  jars: string,
  { log, signal }: { log: (line: string) => void; signal: AbortSignal },
): Promise<string> {
  return join(await ensureSinglePart(imagePart(jars), { log, signal }), ARCHIVE);
}
