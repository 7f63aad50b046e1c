// Programs out of Go modules. The folder modules/NAME holds the go.mod and go.sum of a module of ours that requires
// the pinned one, so every byte that goes into a program is fixed by a checksum that is in this repository.
import { readFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { type CachePart, computeRecipeDigest } from "../cache/part.ts";
import { type GoModule, importPaths } from "./gomodule.ts";

const modules = join(import.meta.dirname, "modules");

/** Folder of go.mod and go.sum for a pin. */
export const resolveModuleFolder = (name: string, pin: GoModule): string => join(modules, pin.folder ?? name);

/** Arguments of `go`, without the output folder. Pure: they are part of the digest. */
export function goBuildArgs(pin: GoModule): string[] {
  const tags = pin.tags === undefined ? [] : ["-tags", pin.tags.join(",")];
  // -s -w: no symbol table and no DWARF, a third smaller.
  return ["build", "-trimpath", ...tags, "-ldflags", ["-s", "-w", ...(pin.ldflags ?? [])].join(" ")];
}

/** Environment of `go`: ours in full where it decides about the result, the caller's where about the way there. */
export function goEnv(pin: GoModule): Record<string, string> {
  return {
    CGO_ENABLED: pin.cgo === true ? "1" : "0",
    GOFLAGS: "-mod=readonly -buildvcs=false",
    GOWORK: "off",
    // An older Go fetches the one that go.mod asks for.
    GOTOOLCHAIN: "auto",
  };
}

/** The part of the cache that holds the programs of a pin. `go` is the path of a Go from 1.21 on. */
export function goPart(name: string, pin: GoModule, go: () => Promise<string>): CachePart {
  const folder = resolveModuleFolder(name, pin);
  const sums = ["go.mod", "go.sum"].map((file) => readFileSync(join(folder, file), "utf8"));
  return {
    name,
    digest: computeRecipeDigest([
      goBuildArgs(pin),
      goEnv(pin),
      importPaths(pin),
      pin.rename,
      sums,
      process.arch,
    ]),
    title: `${name} ${pin.version} from Go modules (${pin.packages.length} program${pin.packages.length > 1 ? "s" : ""})`,
    needs: [],
    build: async ({ out, shell }) => {
      const args = [...goBuildArgs(pin), "-o", `${out}/`, ...importPaths(pin)];
      await shell.must(await go(), args, { cwd: folder, env: goEnv(pin), nice: true });
      for (const [from, to] of Object.entries(pin.rename ?? {})) await rename(join(out, from), join(out, to));
    },
  };
}
