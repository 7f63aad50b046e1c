// Collects the licences of the dependencies in a bundle: most packages have a licence file and no comment that a
// bundler would keep.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** An npm package in a bundle. */
export interface BundledPackage {
  name: string;
  version: string;
  /** an SPDX expression, as the package names it; null: it names none */
  licence: string | null;
}

/**
 * @param inputs paths of all files in a bundle, from esbuild's metafile
 * @returns the packages, and their licence texts, each text once
 */
export async function collectLicences(
  inputs: readonly string[],
  root: string,
): Promise<{ packages: BundledPackage[]; text: string }> {
  const folders = new Set(
    inputs.flatMap((path) => path.match(/^.*node_modules\/(@[^/]+\/)?[^/]+/)?.[0] ?? []),
  );
  const holders = new Map<string, string[]>();
  const packages: BundledPackage[] = [];
  for (const folder of [...folders].sort()) {
    const { text, ...found } = await readLicence(join(root, folder));
    packages.push(found);
    holders.set(text, [...(holders.get(text) ?? []), `${found.name} ${found.version}`]);
  }
  const texts = [...holders].map(([text, names]) => `${names.join(", ")}:\n\n${text}\n`);
  return { packages, text: texts.join("\n----\n\n") };
}

async function readLicence(folder: string): Promise<BundledPackage & { text: string }> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license?: string;
  };
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  const text = texts.map((each) => each.trim()).join("\n\n");
  return {
    name,
    version,
    licence: license ?? null,
    text: text === "" ? (license ?? "no licence named") : text,
  };
}
