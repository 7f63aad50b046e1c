// The two versions that the suites of part `upgrade` install in turn.
import assert from "node:assert/strict";
import { join } from "node:path";
import { TIMEOUT } from "../../e2e/harness/eventually.ts";
import type { Kubectl } from "../../e2e/harness/kubectl.ts";
import { CHECKOUT_ROOT, GET_WEBHOOK_PODS, SYSTEM } from "../../e2e/harness/rollcall.ts";

/** The variable with the path of the release's checkout, which test/full/upgrade.ts sets. */
export const OLD_CHECKOUT = "ROLLCALL_OLD_CHECKOUT";

export type InstalledVersion = "old" | "new";

/** The checkout of a version. */
export function findCheckout(version: InstalledVersion): string {
  if (version === "new") return CHECKOUT_ROOT;
  const folder = process.env[OLD_CHECKOUT];
  if (folder === undefined) throw new Error("run these suites with npm run test:full -- --part upgrade");
  return folder;
}

/** Applies the base of a version like an administrator, and waits until only its pods are left. */
export async function installVersion(k: Kubectl, version: InstalledVersion): Promise<void> {
  await k.run(["apply", "-k", join(findCheckout(version), "manifests/base")]);
  await k.run(["-n", SYSTEM, "rollout", "status", "deployment/rollcall", TIMEOUT]);
}

/** The images of the webhook's running pods, without duplicates. */
export async function listWebhookImages(k: Kubectl): Promise<string[]> {
  const { items } = await k.json<{
    items: { metadata: { deletionTimestamp?: string }; spec: { containers: { image: string }[] } }[];
  }>(GET_WEBHOOK_PODS);
  const running = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  assert.ok(running.length > 0, "no webhook is running");
  return [...new Set(running.flatMap(({ spec }) => spec.containers.map(({ image }) => image)))];
}

/** The image that Rollcall added to a pod. */
export async function readRunnerImage(k: Kubectl, pod: string): Promise<string | undefined> {
  const { spec } = await k.json<{ spec: { initContainers?: { name: string; image: string }[] } }>([
    "get",
    "pod",
    pod,
  ]);
  return spec.initContainers?.find(({ name }) => name === "rollcall-install")?.image;
}
