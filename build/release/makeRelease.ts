// Makes all files of a release, without publishing any.
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";
import type { BundledPackage } from "../collectLicences.ts";
import type { Arch } from "../images/arch.ts";
import { writeArchive } from "../images/archive.ts";
import { buildOwnLayers } from "../images/build.ts";
import {
  buildConfiguration,
  formatReference,
  IMAGE_NAMES,
  type ImageName,
  PROGRAMS,
  SHARED_FILES,
} from "../images/image.ts";
import { buildLayer, type ImageLayer, sha256 } from "../images/layer.ts";
import { LICENCES } from "../images/licences.ts";
import { ROOT } from "../images/pins.ts";
import type { ImageRuntime } from "../images/runtime.ts";
import { writeInstall } from "../manifests/writeInstall.ts";
import { listComponents } from "./components.ts";
import { packChart } from "./packChart.ts";
import { writeSbom } from "./writeSbom.ts";

const CHARTS = ["rollcall", "rollcall-profiles"] as const;
const CHECKSUMS = "checksums.txt";

export interface ReleaseRequest {
  /** the first part of the images' names */
  registry: string;
  /** one for each architecture */
  runtimes: readonly ImageRuntime[];
  /** of package.json */
  version: string;
  /** the commit */
  revision: string;
  /** the folder with the bundles and their licences */
  bundles: string;
  /** path of the packed npm package */
  npmPackage: string;
  /** the folder to make; an earlier one is replaced */
  out: string;
  log: (line: string) => void;
}

/** Makes the folder `out`. It gets its name when it is complete. @throws BuildProblem */
export async function makeRelease(request: ReleaseRequest): Promise<void> {
  const making = `${request.out}.making`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  const { registry, version, log } = request;
  const save = async (name: string, bytes: Buffer | string): Promise<void> => {
    await writeFile(join(making, name), bytes);
    log(name);
  };
  await saveImages(request, making, save);
  await save("install.yaml", await writeInstall(`${registry}/rollcall`));
  for (const chart of CHARTS) {
    const folder = join(ROOT, "manifests/helm", chart);
    await save(`${chart}-${version}.tgz`, await packChart(folder, chart, `${registry}/rollcall`));
  }
  // another name than npm's, which is the chart's
  await save(`rollcall-npm-${version}.tgz`, await readFile(request.npmPackage));
  await save(CHECKSUMS, await listChecksums(making));
  await rm(request.out, { recursive: true, force: true });
  await rename(making, request.out);
}

async function saveImages(
  request: ReleaseRequest,
  folder: string,
  save: (name: string, bytes: Buffer | string) => Promise<void>,
): Promise<void> {
  const { registry, version, revision, bundles, runtimes, log } = request;
  const shared = new Map<Arch, ImageLayer>();
  for (const { arch, folder } of runtimes) shared.set(arch, await buildLayer(folder, SHARED_FILES));
  for (const image of IMAGE_NAMES) {
    const reference = formatReference(registry, image, version);
    const images = await Promise.all(
      runtimes.map(async (runtime) => {
        const { arch, contents } = runtime;
        const base = shared.get(arch);
        const layers = [
          ...(base === undefined ? [] : [base]),
          ...(await buildOwnLayers(image, runtime.folder, bundles)),
        ];
        await save(
          `${image}-${version}-${arch}.cdx.json`,
          await describeImage({ image, runtime, reference, version, bundles, layers }),
        );
        return { arch, layers, config: buildConfiguration(image, { contents, version, revision }) };
      }),
    );
    const name = `${image}-${version}.oci.tar`;
    await writeArchive({ reference, images }, join(folder, name));
    log(`${name}: ${reference} for ${runtimes.map(({ arch }) => arch).join(" and ")}`);
  }
}

interface DescribedImage {
  image: ImageName;
  runtime: ImageRuntime;
  reference: string;
  version: string;
  bundles: string;
  layers: readonly ImageLayer[];
}

async function describeImage({
  image,
  runtime,
  reference,
  version,
  bundles,
  layers,
}: DescribedImage): Promise<string> {
  const { arch, contents } = runtime;
  const files = await readLayerFiles(layers);
  const program = PROGRAMS[image].replace(/\.\w+$/, "");
  const packages = JSON.parse(
    await readFile(join(bundles, LICENCES, `${program}.json`), "utf8"),
  ) as BundledPackage[];
  const components = listComponents({
    image,
    arch,
    version,
    contents,
    nodeVersions: process.versions,
    packages,
    files: [...files.keys()].sort(),
  });
  return writeSbom({ reference, version, arch, components, files });
}

/** The files of layers by path; a layer above replaces those below. */
async function readLayerFiles(layers: readonly ImageLayer[]): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const { bytes } of layers) {
    const entries = extract();
    entries.end(gunzipSync(bytes));
    for await (const entry of entries) {
      const body = await buffer(entry);
      if (entry.header.type === "file") found.set(entry.header.name, body);
    }
  }
  return found;
}

/** As `sha256sum --check` reads it. */
async function listChecksums(folder: string): Promise<string> {
  const lines = (await readdir(folder)).sort().map(async (name) => {
    return `${sha256(await readFile(join(folder, name)))}  ${name}\n`;
  });
  return (await Promise.all(lines)).join("");
}
