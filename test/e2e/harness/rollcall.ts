// Installs Rollcall on a test cluster: builds and loads images, runs kubectl apply -k, and waits until it is ready.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { detectArch } from "../../../build/images/arch.ts";
import { load } from "../cluster/provider.ts";
import { APP_IMAGE, writeAppImage } from "./appImage.ts";
import { TIMEOUT, waitUntilPasses } from "./eventually.ts";
import type { Kubectl } from "./kubectl.ts";

export const CHECKOUT_ROOT = fileURLToPath(new URL("../../..", import.meta.url));
export const SYSTEM = "rollcall-system";
/** The suites' own profiles. */
export const E2E_PROFILES = join(CHECKOUT_ROOT, "test/e2e/overlay/profiles.yaml");
/** The manifests that the README installs. */
export const BASE = join(CHECKOUT_ROOT, "manifests/base");

/** Arguments that list the webhook's pods. */
export const GET_WEBHOOK_PODS = [
  "-n",
  SYSTEM,
  "get",
  "pods",
  "-l",
  "app.kubernetes.io/name=rollcall",
] as const;

/** Scales the webhook, for suites that run alone; resolves when it is rolled out, or all of its pods are gone. */
export async function scaleWebhook(k: Kubectl, replicas: number): Promise<void> {
  await k.run(["-n", SYSTEM, "scale", "deployment/rollcall", `--replicas=${replicas}`]);
  if (replicas > 0) {
    await k.run(["-n", SYSTEM, "rollout", "status", "deployment/rollcall", TIMEOUT]);
    return;
  }
  await waitUntilPasses(async () =>
    assert.equal((await k.run([...GET_WEBHOOK_PODS, "-o", "name"])).trim(), ""),
  );
}

/** Builds the images of this checkout and of the test application, and loads them into the cluster's node. */
export async function loadImages(folder: string, log: (line: string) => void): Promise<void> {
  await mkdir(folder, { recursive: true });
  log("building the images of this checkout");
  await runNode(["build/images/main.ts", "--archive", "--arch", detectArch(), "--out", folder]);
  const app = join(folder, "app.tar");
  await writeAppImage(app);
  for (const file of [
    join(folder, `webhook-${detectArch()}.tar`),
    join(folder, `init-${detectArch()}.tar`),
    app,
  ]) {
    await load(file);
  }
  log("loaded them into the cluster");
}

/** The same images under the names of a registry mirror: the first part becomes mirror.test. */
export async function loadMirrorImages(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await runNode([
    "build/images/main.ts",
    "--archive",
    "--registry",
    "mirror.test",
    "--arch",
    detectArch(),
    "--out",
    folder,
  ]);
  const app = join(folder, "app.tar");
  await writeAppImage(app, APP_IMAGE.replace(/^[^/]+/, "mirror.test"));
  for (const file of [join(folder, `init-${detectArch()}.tar`), app]) await load(file);
}

/**
 * Installs Rollcall as in the README, and waits for the rollout. Profiles are applied afterwards, since the API server
 * must know the CRD, and the webhook validates them.
 * @param folder BASE or an overlay
 * @param profiles a file; null: none
 */
export async function installRollcall(
  k: Kubectl,
  { folder = BASE, profiles = E2E_PROFILES }: { folder?: string; profiles?: string | null },
  log: (line: string) => void,
): Promise<void> {
  const there = await k.try(["-n", SYSTEM, "get", "deployment/rollcall"]);
  log(`kubectl apply -k ${relative(CHECKOUT_ROOT, folder)}`);
  await k.run(["apply", "-k", folder]);
  // images with the same tag were loaded again
  if (there.code === 0) await k.run(["-n", SYSTEM, "rollout", "restart", "deployment/rollcall"]);
  await k.run(["-n", SYSTEM, "rollout", "status", "deployment/rollcall", TIMEOUT]);
  await waitUntilPasses(() => assertNoneGoes(k));
  // the webhook publishes its CA a moment after it is ready
  if (profiles !== null) await waitUntilPasses(() => k.run(["apply", "-f", profiles]));
  log("Rollcall is rolled out");
}

/** Pods of an earlier installation exist for a while, and would be counted as Rollcall's. */
async function assertNoneGoes(k: Kubectl): Promise<void> {
  const { items } = await k.json<{ items: { metadata: { deletionTimestamp?: string } }[] }>(GET_WEBHOOK_PODS);
  assert.ok(
    !items.some(({ metadata }) => metadata.deletionTimestamp !== undefined),
    "pods of an earlier installation still exist",
  );
}

function runNode(argv: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, {
      cwd: CHECKOUT_ROOT,
      stdio: ["ignore", "ignore", "inherit"],
    });
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`${argv.join(" ")} exited ${code}`)),
    );
  });
}
