// A finished entry of the cache: a folder with a manifest of its files. It is usable if nothing differs from the
// manifest.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as z from "zod";

const MANIFEST = "manifest.json";

const manifestSchema = z.object({
  digest: z.string(),
  files: z.record(z.string(), z.object({ size: z.number(), sha256: z.string() })),
});
type Manifest = z.infer<typeof manifestSchema>;

/** How thoroughly to check: `size` stats each file, `sha256` reads it (about a second per GB). */
export type Look = "size" | "sha256";

/** Writes the manifest of a complete folder. Symbolic links are not listed, since they have no contents. */
export async function sealEntry(folder: string, digest: string): Promise<void> {
  const files: Manifest["files"] = {};
  for (const path of await listFiles(folder)) {
    const { size } = await lstat(join(folder, path));
    files[path] = { size, sha256: await computeFileSha256(join(folder, path)) };
  }
  await writeFile(
    join(folder, MANIFEST),
    `${JSON.stringify({ digest, files } satisfies Manifest, null, 1)}\n`,
  );
}

/** The reason why the entry is unusable; null if it is usable. */
export async function explainUnusable(folder: string, digest: string, look: Look): Promise<string | null> {
  const manifest = await readManifest(folder);
  if (manifest === null) return "it has no readable manifest";
  if (manifest.digest !== digest) return "its manifest is another entry's";
  for (const [path, expected] of Object.entries(manifest.files)) {
    const reason = await whyFileDiffers(join(folder, path), expected, look);
    if (reason !== null) return `${path} ${reason}`;
  }
  return null;
}

async function whyFileDiffers(
  path: string,
  expected: Manifest["files"][string],
  look: Look,
): Promise<string | null> {
  const found = await lstat(path).catch(() => null);
  if (found === null || !found.isFile()) return "is missing";
  if (found.size !== expected.size) return `has ${found.size} bytes, not ${expected.size}`;
  if (look === "sha256" && (await computeFileSha256(path)) !== expected.sha256)
    return "has other content than was built";
  return null;
}

async function readManifest(folder: string): Promise<Manifest | null> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(folder, MANIFEST), "utf8")));
  } catch {
    return null;
  }
}

async function listFiles(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}

/** SHA-256 of a file, in hexadecimal. */
export async function computeFileSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
