// Reads an OCI archive of an image for several architectures as a registry's client would.
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";

export interface ArchivedImage {
  labels: Readonly<Record<string, string>>;
  /** by path, without a slash in front */
  files: ReadonlyMap<string, Buffer>;
}

/** @returns the names of the image, and its contents by architecture */
export async function readArchivedImages(
  path: string,
): Promise<{ names: string[]; platforms: Record<string, ArchivedImage> }> {
  const entries = await readTar(await readFile(path));
  const parse = (name: string) => JSON.parse(String(entries.get(name)));
  const blob = ({ digest }: { digest: string }): string => `blobs/${digest.replace(":", "/")}`;
  const { manifests: named } = parse("index.json");
  const names = named.map(({ annotations }: { annotations: Record<string, string> }) => {
    return annotations["org.opencontainers.image.ref.name"];
  });
  const platforms: Record<string, ArchivedImage> = {};
  for (const entry of parse(blob(named[0])).manifests) {
    const manifest = parse(blob(entry));
    const files = new Map<string, Buffer>();
    for (const layer of manifest.layers) {
      const bytes = gunzipSync(entries.get(blob(layer)) ?? Buffer.alloc(0));
      for (const [name, body] of await readTar(bytes)) files.set(name, body);
    }
    const { config } = parse(blob(manifest.config));
    platforms[entry.platform.architecture] = { labels: config.Labels, files };
  }
  return { names, platforms };
}

/** The files of a tar, without its folders. */
async function readTar(tar: Buffer): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const entries = extract();
  entries.end(tar);
  for await (const entry of entries) {
    const body = await buffer(entry);
    if (entry.header.type === "file") found.set(entry.header.name, body);
  }
  return found;
}
