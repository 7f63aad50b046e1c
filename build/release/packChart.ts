// Packs a chart like `helm package`, with the same bytes for the same files.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { packTar, type TarEntry } from "../images/layer.ts";
import { BASE_REGISTRY } from "../manifests/base.ts";

/**
 * @param folder of the chart @param registry of the images, including the folder, which becomes the value
 * `images.registry`
 * @returns the gzipped tar
 */
export async function packChart(folder: string, name: string, registry: string): Promise<Buffer> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const entries = found
    .filter((entry) => entry.isFile())
    .map(async (entry): Promise<TarEntry> => {
      const path = join(entry.parentPath, entry.name);
      const inside = path.slice(folder.length + 1);
      const text = await readFile(path, "utf8");
      const body =
        inside === "values.yaml"
          ? text.replace(`registry: ${BASE_REGISTRY}\n`, `registry: ${registry}\n`)
          : text;
      return { name: `${name}/${inside}`, mode: 0o644, body: Buffer.from(body) };
    });
  return promisify(gzip)(await packTar(await Promise.all(entries)));
}
