// Shared by the suites of the guard: a protected StatefulSet, and attempts to change it with kubectl.
import assert from "node:assert/strict";
import { TIMEOUT } from "./eventually.ts";
import type { Kubectl, KubectlOutcome } from "./kubectl.ts";
import { type Space, waitUntilReady } from "./space.ts";
import { buildWorkload, type WorkloadChanges } from "./workload.ts";

export interface StoredSet {
  metadata: { name: string; annotations?: Record<string, string>; managedFields?: unknown };
  spec: { replicas: number; ordinals?: { start: number }; template: Record<string, unknown> };
  status?: unknown;
}

/** Allows the pods of a namespace to read their StatefulSet and write their record, as in the README. */
export async function bindMembers({ k, name }: Space): Promise<void> {
  await k.run([
    "create",
    "rolebinding",
    "rollcall-member",
    "--clusterrole=rollcall-member",
    `--serviceaccount=${name}:default`,
  ]);
}

/** Applies a workload and waits for its pods. */
export async function start(k: Kubectl, changes: WorkloadChanges): Promise<void> {
  const said = await k.apply(buildWorkload(changes));
  assert.equal(said.code, 0, said.stderr);
  const { name = "web", replicas = 3 } = changes;
  for (let ordinal = 0; ordinal < replicas; ordinal += 1) await waitUntilReady(k, `${name}-${ordinal}`);
}

/**
 * Waits until a StatefulSet has no pods. A wait for the deletion of its pods by label would not be enough: it lists them
 * once, and misses one that a rollout deletes and the controller creates again at that moment.
 */
export const waitUntilEmpty = (k: Kubectl, name: string): Promise<string> =>
  k.run(["wait", "--for=jsonpath={.status.replicas}=0", `statefulset/${name}`, TIMEOUT]);

export const readStoredSet = (k: Kubectl, name: string): Promise<StoredSet> =>
  k.json<StoredSet>(["get", "statefulset", name]);

/** The StatefulSet with changes, as a user would replace it. */
export async function rewriteSet(
  k: Kubectl,
  name: string,
  change: (set: StoredSet) => void,
): Promise<string> {
  const set = await readStoredSet(k, name);
  delete set.status;
  delete set.metadata.managedFields;
  change(set);
  return JSON.stringify(set);
}

/** Retries if another client, usually the controller, wrote between kubectl's read and write. */
export async function withoutConflict(ask: () => Promise<KubectlOutcome>): Promise<KubectlOutcome> {
  for (let tries = 1; ; tries += 1) {
    const said = await ask();
    if (tries === 10 || !said.stderr.includes("the object has been modified")) return said;
  }
}

export const mergePatch = (
  k: Kubectl,
  name: string,
  patch: unknown,
  ...more: string[]
): Promise<KubectlOutcome> =>
  k.try(["patch", "statefulset", name, "--type=merge", "-p", JSON.stringify(patch), ...more]);

/** Asserts that kubectl printed a denial with this code. */
export function assertDenied(said: KubectlOutcome, code: string): void {
  assert.equal(said.code, 1, `it passed: ${said.stdout}${said.stderr}`);
  assert.match(
    said.stderr,
    new RegExp(`admission webhook ".*rollcall\\.dev" denied the request: rollcall ${code} `),
  );
}

export function assertPassed(said: KubectlOutcome): void {
  assert.equal(said.code, 0, said.stderr);
}
