// Builds the requested images, one architecture after the other.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Arch, detectArch } from "./arch.ts";
import { writeArchive } from "./archive.ts";
import { buildWithEngine, type Engine, pushWithEngine } from "./engine.ts";
import {
  buildConfiguration,
  formatReference,
  IMAGE_NAMES,
  type ImageName,
  OWN_FILES,
  PROGRAM_FILES,
  PROGRAMS,
  SHARED_FILES,
} from "./image.ts";
import { buildLayer, type ImageLayer } from "./layer.ts";
import { makeRunnerFolder } from "./makeRunnerFolder.ts";
import type { ImageOptions } from "./options.ts";
import { type ImageRuntime, prepareRuntime } from "./runtime.ts";

export interface ImageBuild {
  options: ImageOptions;
  /** null: write archives */
  engine: Engine | null;
  /** the images' tag */
  version: string;
  /** the folder with the bundles, named as in PROGRAM_FILES */
  bundles: string;
  log: (line: string) => void;
}

/** Builds both images. @throws Problem */
export async function buildImages(build: ImageBuild): Promise<void> {
  const { engine } = build;
  for (const arch of build.options.archs) {
    const made = await prepareRuntime(arch);
    build.log(`${arch}: ${made.contents}`);
    if (engine === null) await archives(build, made);
    else await withEngine(build, engine, made);
  }
  if (engine !== null && build.options.push) await pushAll(build, engine);
}

async function archives({ options, version, bundles, log }: ImageBuild, made: ImageRuntime): Promise<void> {
  await mkdir(options.out, { recursive: true });
  const shared = await buildLayer(made.folder, SHARED_FILES);
  for (const image of IMAGE_NAMES) {
    const name = formatReference(options.registry, image, version);
    const file = join(options.out, `${image}-${made.arch}.tar`);
    const layers = [shared, ...(await buildOwnLayers(image, made.folder, bundles))];
    const config = buildConfiguration(image, { contents: made.contents, version });
    await writeArchive({ reference: name, images: [{ arch: made.arch, layers, config }] }, file);
    log(`${file}: ${name} for ${made.arch}`);
  }
}

/**
 * The layers that only one image has. @param runtime the folder of the runtime @param bundles the folder with the bundles
 */
export async function buildOwnLayers(
  image: ImageName,
  runtime: string,
  bundles: string,
): Promise<ImageLayer[]> {
  const own = OWN_FILES[image];
  return [
    ...(own.length === 0 ? [] : [await buildLayer(runtime, own)]),
    await buildLayer(bundles, PROGRAM_FILES[image]),
  ];
}

async function withEngine(
  build: ImageBuild,
  engine: Engine,
  { arch, contents }: ImageRuntime,
): Promise<void> {
  for (const image of IMAGE_NAMES) {
    const scratch = await mkdtemp(join(tmpdir(), `rollcall-${image}-`));
    try {
      const folder = join(scratch, "root");
      await mkdir(folder);
      await makeRunnerFolder({ bundle: join(build.bundles, PROGRAMS[image]), arch, to: folder });
      const references = namesFor(build, image, arch);
      await buildWithEngine(
        engine,
        { image, references, arch, folder, contents, version: build.version },
        scratch,
      );
      build.log(`${engine}: ${references.join(", ")} for ${arch}`);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}

async function pushAll(build: ImageBuild, engine: Engine): Promise<void> {
  const { archs, registry } = build.options;
  for (const image of IMAGE_NAMES) {
    const name = formatReference(registry, image, build.version);
    await pushWithEngine(engine, name, archs.length === 1 ? [] : archs.map((arch) => `${name}-${arch}`));
    build.log(`pushed ${name} for ${archs.join(" and ")}`);
  }
}

/**
 * With several architectures, each image name contains its architecture; the one of this machine also gets the plain
 * name, for local use.
 */
function namesFor({ options, version }: ImageBuild, image: ImageName, arch: Arch): string[] {
  const name = formatReference(options.registry, image, version);
  if (options.archs.length === 1) return [name];
  return arch === detectArch() && !options.push ? [`${name}-${arch}`, name] : [`${name}-${arch}`];
}
