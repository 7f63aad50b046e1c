// The tree of an OTOBO image, made from a checkout like OTOBO's build: the files that .dockerignore includes (it
// excludes the .keep files of empty folders), then the commands of otobo.web.dockerfile. The stand-in's tree is made in
// the same way, with its own .dockerignore. A plain checkout would hide what only an image lacks.
import { createHash } from "node:crypto";
import {
  chmod,
  copyFile,
  cp,
  lchown,
  lstat,
  mkdir,
  readdir,
  readFile,
  utimes,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";

interface ImageSource {
  /** a checkout with a .dockerignore */
  source: string;
  /** where to make the tree */
  next: string;
  /** the owner of the files @default the current user */
  owner?: { uid?: number; gid?: number };
}

const MARKED = "docker_firsttime";

export async function buildImageTree({ source, next, owner }: ImageSource): Promise<void> {
  await copyContext(source, next);
  await mkdir(join(next, "local/lib/perl5"), { recursive: true });
  await writeFile(join(next, MARKED), "");
  const rebuilt: readonly [string, string][] = [
    ["Kernel/Config/Files/XML/DockerConfig.xml.dist", "Kernel/Config/Files/XML/DockerConfig.xml"],
    ["scripts/database/otobo-initial_insert.xml", "scripts/database/otobo-initial_insert.xml.orig"],
  ];
  for (const [from, to] of rebuilt) await copyFile(join(next, from), join(next, to)).catch(() => undefined);
  for (const name of ["stats", "packages", "article", "tmp"])
    await mkdir(join(next, "var", name), { recursive: true });
  await writeFile(join(next, ".bash_aliases"), "");
  for (const name of ["repo", "branch", "commit"])
    await writeFile(join(next, `git-${name}.txt`), "abcdef0123456789\n", { flag: "wx" }).catch(
      () => undefined,
    );
  await setPermissions(next, owner);
  await writeOtoboArchive(next, owner);
}

/** Rewrites ARCHIVE after a change of the tree. */
export async function writeOtoboArchive(next: string, owner?: ImageSource["owner"]): Promise<void> {
  const lines: string[] = [];
  for (const path of await listPaths(next)) {
    // OTOBO's checksums cover the files that a shell's * matches, except for those that a running OTOBO creates
    const isListed = path.split("/").every((name) => !name.startsWith(".")) && !NOT_IN_ARCHIVE.test(path);
    if (!isListed || !(await lstat(join(next, path))).isFile()) continue;
    const sum = createHash("md5").update(await readFile(join(next, path)));
    lines.push(`${sum.digest("hex")}::${path}\n`);
  }
  const archive = join(next, "ARCHIVE");
  await writeFile(archive, lines.join(""));
  await chmod(archive, 0o644);
  await giveTo(archive, owner);
}

const NOT_IN_ARCHIVE =
  /^(?:ARCHIVE|docker_firsttime.*|doc\/.*|var\/(?:tmp|log|article)\/.*)$|\/(?:js|css)-cache\//;

/** The files that Docker sends to a build: the last pattern that matches a path, or a folder above it, decides. */
async function copyContext(source: string, next: string): Promise<void> {
  const rules = (await readFile(join(source, ".dockerignore"), "utf8"))
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ isKept: line.startsWith("!"), pattern: compilePattern(line.replace(/^!/, "")) }));
  await mkdir(next, { recursive: true });
  for (const path of await listPaths(source)) {
    if (rules.findLast(({ pattern }) => pattern.test(path))?.isKept === false) continue;
    const [from, to] = [join(source, path), join(next, path)];
    const stats = await lstat(from);
    if (stats.isDirectory()) {
      await mkdir(to, { recursive: true });
      continue;
    }
    await mkdir(dirname(to), { recursive: true });
    await cp(from, to, { verbatimSymlinks: true });
    if (!stats.isSymbolicLink()) await utimes(to, stats.atime, stats.mtime);
  }
}

function compilePattern(text: string): RegExp {
  const plain = text.replace(/^\.?\/+/, "").replace(/\/+$/, "");
  const source = plain.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (piece) => {
    if (piece === "**/") return "(?:.*/)?";
    if (piece === "**") return ".*";
    if (piece === "*") return "[^/]*";
    return piece === "?" ? "[^/]" : `\\${piece}`;
  });
  return new RegExp(`^${source}(?:/.*)?$`);
}

/** As otobo.SetPermissions.pl sets them. */
async function setPermissions(next: string, owner: ImageSource["owner"]): Promise<void> {
  for (const path of ["", ...(await listPaths(next))]) {
    const place = join(next, path);
    const stats = await lstat(place);
    await giveTo(place, owner);
    if (!stats.isSymbolicLink()) await chmod(place, stats.isDirectory() ? folderMode(path) : fileMode(path));
  }
}

async function giveTo(
  place: string,
  { uid, gid = uid }: NonNullable<ImageSource["owner"]> = {},
): Promise<void> {
  if (uid !== undefined && gid !== undefined) await lchown(place, uid, gid);
}

const folderMode = (path: string): number => (path === "" ? 0o755 : 0o2775);

function fileMode(path: string): number {
  if (path === ".fetchmailrc" || path === ".procmailrc") return 0o640;
  return /\.(?:pl|psgi|sh)$/.test(path) ? 0o770 : 0o660;
}

async function listPaths(root: string): Promise<string[]> {
  const paths = await readdir(root, { recursive: true });
  return paths.filter((path) => path !== ".git" && !path.startsWith(".git/")).sort();
}
