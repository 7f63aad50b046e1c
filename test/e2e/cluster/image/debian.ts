// Root file systems of Debian, made by mmdebstrap. The suite is pinned; package versions are those of the mirror, and
// are listed in the root's dpkg status.
import { join } from "node:path";
import { type CachePart, computeRecipeDigest } from "../cache/part.ts";
import { ClusterError } from "../failure.ts";
import { DEBIAN } from "./pins.ts";

/** File in the part's folder. */
export const ROOT_TAR = "root.tar";

/** A minimal root with some packages, as one tar. @param more arguments for mmdebstrap */
export function createDebianPart(
  name: string,
  packages: readonly string[],
  more: readonly string[] = [],
): CachePart {
  const args = [
    "--mode=root",
    "--variant=minbase",
    "--skip=output/dev", // the container runtime creates /dev
    ...["doc", "man", "locale", "info"].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
    ...more,
    `--include=${packages.join(",")}`,
    DEBIAN.suite,
  ];
  return {
    name,
    digest: computeRecipeDigest([args, process.arch]),
    title: `${name}: Debian ${DEBIAN.suite} with ${packages.length} packages`,
    needs: [],
    build: async ({ out, shell }) => {
      if (process.getuid?.() !== 0)
        throw new ClusterError(`building ${name} needs root (mmdebstrap, chroot): run as root`);
      await shell.must("mmdebstrap", [...args, join(out, ROOT_TAR)], { nice: true });
    },
  };
}
