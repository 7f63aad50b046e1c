// Where the node image comes from: pulled if possible, otherwise built. The decision is pure; ensureNodeImage acts.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Cache, ensurePart } from "../cache/ensure.ts";
import type { HostNeeds } from "../engine/choose.ts";
import type { ClusterEngine } from "../engine/probe.ts";
import { createNodePart, formatNodeImageName, NODE_ARCHIVE } from "../image/node.ts";
import { KUBERNETES } from "../image/pins.ts";
import { withHostLock } from "../process/lock.ts";
import type { Shell } from "../process/shell.ts";

/** The image from which kind runs a node, and the reason for the choice. */
export interface NodeImage {
  readonly name: string;
  readonly origin: "pulled" | "built";
  readonly why: string;
}

/** kind's own image of the same Kubernetes. */
export const PULLED = `docker.io/kindest/node:v${KUBERNETES}`;

/** Our image for a host. */
export function formatBuiltImageName(needs: HostNeeds): string {
  return formatNodeImageName(createNodePart(needs, noGo).digest);
}

/** Facts that are known before anything is downloaded; `registry` is only called if it decides. */
export interface OriginFacts {
  readonly needs: HostNeeds;
  readonly hasPulled: boolean;
  readonly hasBuilt: boolean;
  readonly registry: () => Promise<string | null>;
}

/** Whether to pull or build, and why. An image that the engine has is not downloaded again. */
export async function chooseOrigin(known: OriginFacts): Promise<Pick<NodeImage, "origin" | "why">> {
  const { cgroupfs, restricted } = known.needs;
  if (cgroupfs) return { origin: "built", why: "kind's own image does not start on cgroup v1" };
  if (restricted) return { origin: "built", why: "kind's own image needs CAP_SYS_RESOURCE" };
  if (known.hasPulled) return { origin: "pulled", why: "pulled before" };
  if (known.hasBuilt) return { origin: "built", why: "built before" };
  const refusal = await known.registry();
  if (refusal === null) return { origin: "pulled", why: "the registry has it" };
  return { origin: "built", why: `the registry does not give it (${refusal})` };
}

/** Ensures that the engine has the node image. `prepare` is called before a build, since packages may be missing. */
export async function ensureNodeImage(
  engine: ClusterEngine,
  needs: HostNeeds,
  cache: Cache,
  builder: { readonly go: () => Promise<string>; readonly prepare: () => Promise<void> },
): Promise<NodeImage> {
  const built = formatBuiltImageName(needs);
  const has = (name: string): Promise<boolean> => hasImage(cache.shell, engine, name);
  const [hasPulled, hasBuilt] = [await has(PULLED), await has(built)];
  const registry = (): Promise<string | null> => askRegistry(cache.shell, engine);
  const { origin, why } = await chooseOrigin({ needs, hasPulled, hasBuilt, registry });
  const name = origin === "pulled" ? PULLED : built;
  cache.log(`node image: ${name}, ${origin}: ${why}`);
  if (origin === "pulled" ? hasPulled : hasBuilt) return { name, origin, why };
  if (origin === "pulled")
    await cache.shell.must(engine.name, ["pull", "--quiet", PULLED], { env: engine.env });
  else {
    await builder.prepare();
    const folder = await ensurePart(cache, createNodePart(needs, builder.go));
    await loadNodeImage(cache, engine, join(folder, NODE_ARCHIVE));
  }
  return { name, origin, why };
}

/**
 * podman copies the archive before it unpacks it. If it is killed, the copy remains, so it is put into a folder that
 * the next run empties.
 */
async function loadNodeImage(cache: Cache, engine: ClusterEngine, archive: string): Promise<void> {
  const temporary = join(cache.root, ".import");
  const lock = {
    purpose: "loads a node image",
    signal: cache.signal,
    onWait: () => cache.log("waiting for another process that loads a node image"),
  };
  await withHostLock(temporary, lock, async () => {
    const start = Date.now();
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    try {
      const env = { ...engine.env, TMPDIR: temporary };
      await cache.shell.must(engine.name, ["load", "--quiet", "--input", archive], { env });
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    cache.log(`loaded it into ${engine.name} in ${Math.round((Date.now() - start) / 1000)} s`);
  });
}

async function hasImage(shell: Shell, engine: ClusterEngine, name: string): Promise<boolean> {
  const { code } = await shell.run(engine.name, ["image", "inspect", "--format", "{{.Id}}", name], {
    env: engine.env,
  });
  return code === 0;
}

/** Null if the registry has the image, otherwise a short reason. Reads a manifest of a few hundred bytes. */
async function askRegistry(shell: Shell, engine: ClusterEngine): Promise<string | null> {
  const options = { env: engine.env, timeoutMs: 20_000 };
  const answer = await shell.run(engine.name, ["manifest", "inspect", PULLED], options);
  if (answer.code === 0) return null;
  if (answer.code === 124) return "no answer in 20 s";
  return answer.stderr.trim().split("\n").at(-1)?.slice(-160) ?? `exit code ${answer.code}`;
}

/** Computing a digest does not need Go. */
const noGo = (): Promise<string> => Promise.reject(new Error("nothing is built here"));
