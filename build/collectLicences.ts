// Collects the licences of the dependencies in a bundle: most packages have a licence file and no comment that a
// bundler would keep.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** @param inputs paths of all files in a bundle, from esbuild's metafile */
export async function collectLicences(inputs: readonly string[], root: string): Promise<string> {
  const folders = new Set(
    inputs.flatMap((path) => path.match(/^.*node_modules\/(@[^/]+\/)?[^/]+/)?.[0] ?? []),
  );
  const holders = new Map<string, string[]>();
  for (const folder of [...folders].sort()) {
    const { name, text } = await readLicence(join(root, folder));
    holders.set(text, [...(holders.get(text) ?? []), name]);
  }
  return [...holders].map(([text, names]) => `${names.join(", ")}:\n\n${text}\n`).join("\n----\n\n");
}

async function readLicence(folder: string): Promise<{ name: string; text: string }> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license?: string;
  };
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  const text = texts.map((each) => each.trim()).join("\n\n");
  return { name: `${name} ${version}`, text: text === "" ? `${license ?? "no licence named"}` : text };
}
