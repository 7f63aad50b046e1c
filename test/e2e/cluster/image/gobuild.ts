// Builds programs from Go modules. modules/NAME has the go.mod and go.sum of a module that requires the pinned one, so
// checksums in this repository fix every source of a program.
import { readFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { type CachePart, computeRecipeDigest } from "../cache/part.ts";
import { type GoModule, importPaths } from "./gomodule.ts";

const modules = join(import.meta.dirname, "modules");

/** Folder with go.mod and go.sum for a pin. */
export const resolveModuleFolder = (name: string, pin: GoModule): string => join(modules, pin.folder ?? name);

/** Arguments of `go`, without the output folder. Pure, since they are part of the digest. */
export function goBuildArgs(pin: GoModule): string[] {
  const tags = pin.tags === undefined ? [] : ["-tags", pin.tags.join(",")];
  // -s -w: no symbol table and no DWARF, which saves a third.
  return ["build", "-trimpath", ...tags, "-ldflags", ["-s", "-w", ...(pin.ldflags ?? [])].join(" ")];
}

/** Environment of `go`: fixed if it affects the result, the caller's if it affects downloads. */
export function goEnv(pin: GoModule): Record<string, string> {
  return {
    CGO_ENABLED: pin.cgo === true ? "1" : "0",
    GOFLAGS: "-mod=readonly -buildvcs=false",
    GOWORK: "off",
    // An older Go downloads the one that go.mod requires.
    GOTOOLCHAIN: "auto",
  };
}

/** The part of the cache with the programs of a pin. `go` returns the path of a Go from 1.21 on. */
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
