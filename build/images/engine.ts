// Builds and pushes images with Docker or podman, whichever is installed and running.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Arch } from "./arch.ts";
import { attempt, runProcess } from "./command.ts";
import {
  buildEntrypoint,
  buildLabels,
  type ImageName,
  type LabelFacts,
  OWN_FILES,
  PROGRAM_FILES,
  SHARED_FILES,
  USER,
} from "./image.ts";
import type { ImageOptions } from "./options.ts";
import { BuildProblem } from "./problem.ts";

const ENGINES = ["docker", "podman"] as const;
export type Engine = (typeof ENGINES)[number];

export interface EngineBuild extends LabelFacts {
  image: ImageName;
  /** all full names of the image, with registry and tag */
  references: readonly string[];
  arch: Arch;
  /** the built folder */
  folder: string;
}

/** The first engine that is installed and whose `info` succeeds: a client without its daemon cannot build. */
async function findEngine(): Promise<Engine | null> {
  for (const engine of ENGINES) {
    const { code } = await attempt([engine, "info"]);
    if (code === 0) return engine;
  }
  return null;
}

/**
 * The engine for the build.
 * @returns null to write archives
 * @throws BuildProblem if images must be pushed and there is no engine
 */
export async function chooseEngine({
  archive,
  push,
}: Pick<ImageOptions, "archive" | "push">): Promise<Engine | null> {
  const engine = archive ? null : await findEngine();
  if (engine !== null || !push) return engine;
  throw new BuildProblem(
    `--push needs ${ENGINES.join(" or ")}: install one, or start its daemon, and try again`,
    2,
  );
}

/** The Containerfile of a folder. The runtime comes first, since both images share that layer. */
export function formatContainerfile(image: ImageName, facts: LabelFacts): string {
  return `FROM scratch
${[...SHARED_FILES, ...OWN_FILES[image], ...PROGRAM_FILES[image]].map((name) => `COPY ${name} /${name}`).join("\n")}
${Object.entries(buildLabels(image, facts))
  .map(([name, value]) => `LABEL ${name}=${JSON.stringify(value)}`)
  .join("\n")}
USER ${USER}
ENTRYPOINT ${JSON.stringify(buildEntrypoint(image))}
`;
}

/**
 * Builds one image for one architecture from its folder. No RUN step is needed, so any architecture can be built.
 * @param scratch a folder other than the built one
 */
export async function buildWithEngine(engine: Engine, build: EngineBuild, scratch: string): Promise<void> {
  // a file instead of standard input: podman opens standard input by name, which fails for the socket that Node.js
  // creates
  const recipe = join(scratch, "Containerfile");
  await writeFile(recipe, formatContainerfile(build.image, build));
  const tags = build.references.flatMap((reference) => ["--tag", reference]);
  await runProcess(
    [engine, "build", "--platform", `linux/${build.arch}`, ...tags, "--file", recipe, build.folder],
    {
      // an attestation turns a single image into an index, which `docker manifest create` does not accept
      env: { ...process.env, BUILDX_NO_DEFAULT_ATTESTATIONS: "1" },
    },
  );
}

/**
 * Pushes an image.
 * @param parts names by architecture if there are several; they become one manifest list under `reference`
 */
export async function pushWithEngine(
  engine: Engine,
  reference: string,
  parts: readonly string[],
): Promise<void> {
  if (parts.length === 0) {
    await runProcess([engine, "push", reference]);
    return;
  }
  if (engine === "podman") {
    // a list of an earlier build would keep its old members
    await attempt(["podman", "manifest", "rm", reference]);
    await runProcess([
      "podman",
      "manifest",
      "create",
      reference,
      ...parts.map((part) => `containers-storage:${part}`),
    ]);
    await runProcess(["podman", "manifest", "push", "--all", reference, `docker://${reference}`]);
    return;
  }
  for (const part of parts) await runProcess(["docker", "push", part]);
  await runProcess(["docker", "manifest", "create", "--amend", reference, ...parts]);
  await runProcess(["docker", "manifest", "push", "--purge", reference]);
}
