// The command line of `npm run images`.
import { parseArgs } from "node:util";
import { ALL_ARCHITECTURES, type Arch } from "./arch.ts";
import { BuildProblem } from "./problem.ts";

export const USAGE = `npm run images -- [options]
Builds the images webhook and init: with Docker or podman if one is running, otherwise as OCI archives.

  --registry R   the first part of the images' names (registry.local)
  --arch A,…     ${ALL_ARCHITECTURES.join(",")} (all)
  --push         push them, several architectures as one manifest list; needs Docker or podman
  --archive      write OCI archives even if an engine is running
  --out DIR      the folder for archives (dist/images)
  --help         this text
`;

export interface ImageOptions {
  registry: string;
  archs: readonly Arch[];
  push: boolean;
  archive: boolean;
  out: string;
}

/**
 * @param words the arguments
 * @returns "help" for --help
 * @throws BuildProblem with exit code 2 for anything that USAGE does not list
 */
export function readOptions(words: readonly string[]): ImageOptions | "help" {
  const { values } = parsed(words);
  if (values.help) return "help";
  if (values.push && values.archive)
    throw usage("--push and --archive exclude each other: an archive is not pushed");
  return {
    registry: parseRegistry(values.registry),
    archs: parseArchs(values.arch),
    push: values.push,
    archive: values.archive,
    out: values.out,
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        registry: { type: "string", default: "registry.local" },
        arch: { type: "string", default: ALL_ARCHITECTURES.join(",") },
        push: { type: "boolean", default: false },
        archive: { type: "boolean", default: false },
        out: { type: "string", default: "dist/images" },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function parseArchs(text: string): Arch[] {
  const names = text.split(",");
  const wrong = names.find((name) => !ALL_ARCHITECTURES.some((arch) => arch === name));
  if (wrong !== undefined) throw usage(`--arch: "${wrong}" is none of ${ALL_ARCHITECTURES.join(", ")}`);
  return ALL_ARCHITECTURES.filter((arch) => names.includes(arch));
}

/**
 * Reads the first part of the images' names. One without a dot, a port or "localhost" would be read as a folder of
 * docker.io. @throws BuildProblem with exit code 2
 */
export function parseRegistry(text: string): string {
  const registry = text.replace(/\/+$/, "");
  const [host = ""] = registry.split("/");
  const isHost = host === "localhost" || /[.:]/.test(host);
  if (isHost && /^[a-z0-9][a-z0-9._:/-]*$/.test(registry)) return registry;
  throw usage(
    `--registry: "${text}" is no registry: a host with a dot or a port, in lower case, perhaps with a path`,
  );
}

function usage(message: string): BuildProblem {
  return new BuildProblem(`${message}\n\n${USAGE}`, 2);
}
