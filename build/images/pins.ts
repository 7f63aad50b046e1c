// Reads the pinned versions and checksums of Node.js from package.json and its lock file.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { ARCHITECTURES, type Arch } from "./arch.ts";
import { BuildProblem } from "./problem.ts";

/** The root of the checkout, with a trailing slash. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const packageJson = z.object({ version: z.string(), optionalDependencies: z.record(z.string(), z.string()) });
const packageLock = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), integrity: z.string().optional() }),
  ),
});

export interface NodePin {
  npmPackage: string;
  version: string;
  /** base64 of the sha512 of the package's tarball */
  sha512: string;
}

/** The version of this package, which is the tag of the images. */
export async function readOwnVersion(): Promise<string> {
  return (await readPackage()).version;
}

/**
 * The Node.js version in the images of an architecture.
 * @throws BuildProblem if package.json and the lock file do not both name it
 */
export async function readNodePin(arch: Arch): Promise<NodePin> {
  const { npmPackage } = ARCHITECTURES[arch];
  const version = (await readPackage()).optionalDependencies[npmPackage];
  const lock = packageLock.parse(JSON.parse(await readFile(`${ROOT}package-lock.json`, "utf8")));
  const locked = lock.packages[`node_modules/${npmPackage}`];
  const sha512 = /sha512-(\S+)/.exec(locked?.integrity ?? "")?.[1];
  if (version === undefined || locked?.version !== version || sha512 === undefined) {
    throw new BuildProblem(`package.json and package-lock.json must both pin ${npmPackage}; run npm install`);
  }
  return { npmPackage, version, sha512 };
}

async function readPackage(): Promise<z.infer<typeof packageJson>> {
  return packageJson.parse(JSON.parse(await readFile(`${ROOT}package.json`, "utf8")));
}
