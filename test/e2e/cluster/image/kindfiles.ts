// kind's files for a node image (entrypoint, systemd units, containerd's configuration, the storage manifest), from the
// Go module from which kind is built, so that both have the same version.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { type CachePart, computeRecipeDigest } from "../cache/part.ts";
import { goEnv, resolveModuleFolder } from "./gobuild.ts";
import { MODULES } from "./pins.ts";

const COPIED = { "images/base/files": "files", "pkg/build/nodeimage/const_storage.go": "const_storage.go" };

export function createKindFilesPart(go: () => Promise<string>): CachePart {
  const pin = MODULES.kind;
  return {
    name: "kind-files",
    digest: computeRecipeDigest([pin.module, pin.version, COPIED]),
    title: `kind-files ${pin.version}: the node image's scripts and units`,
    needs: [],
    build: async ({ out, shell }) => {
      const options = { cwd: resolveModuleFolder("kind", pin), env: goEnv(pin) };
      // `download` instead of `list`: on a new machine the module is not downloaded yet, and `list` then prints no
      // folder
      const told = await shell.must(await go(), ["mod", "download", "-json", pin.module], options);
      const { Dir: path } = z.object({ Dir: z.string() }).parse(JSON.parse(told));
      for (const [from, to] of Object.entries(COPIED))
        await cp(join(path, from), join(out, to), { recursive: true });
    },
  };
}

/** kind's storage manifest with our image names. In its Go source it is a raw string with two spliced names. */
export function extractStorageManifest(
  source: string,
  images: { provisioner: string; helper: string },
): string {
  const start = "const defaultStorageManifest = `";
  const begin = source.indexOf(start);
  if (begin < 0)
    throw new Error(`kind's const_storage.go has no "${start}": image/kindfiles.ts must follow its change`);
  const spliced = source
    .slice(begin + start.length)
    .replaceAll("` + storageProvisionerImage + `", images.provisioner)
    .replaceAll("` + storageHelperImage + `", images.helper);
  return spliced.slice(0, spliced.indexOf("`"));
}
