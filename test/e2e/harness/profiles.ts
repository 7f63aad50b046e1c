// RollcallProfiles of suites that make their own, and what the webhook's replicas have logged about them.
import assert from "node:assert/strict";
import { waitUntilPasses } from "./eventually.ts";
import type { Kubectl } from "./kubectl.ts";
import { GET_WEBHOOK_PODS, SYSTEM } from "./rollcall.ts";

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
}

interface StoredProfile {
  readonly metadata: { readonly generation: number };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/**
 * A profile of type Generic that protects nothing. @param generic replaces defaults, `spec` replaces fields of the spec
 */
export const buildGenericProfile = (
  name: string,
  generic: Readonly<Record<string, unknown>> = {},
  spec: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> => ({
  apiVersion: "rollcall.dev/v1alpha1",
  kind: "RollcallProfile",
  metadata: { name },
  spec: {
    type: "Generic",
    namespaces: ["*"],
    generic: {
      containers: ["app"],
      nodeID: { base: 1, max: 99 },
      scaleDown: { policy: "Allow" },
      ...generic,
    },
    ...spec,
  },
});

/** The condition Ready, once its observedGeneration is the profile's. */
export function waitForReadyCondition(k: Kubectl, name: string): Promise<Condition> {
  return waitUntilPasses(async () => {
    const { metadata, status } = await k.json<StoredProfile>(["get", "rollcallprofile", name]);
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    assert.equal(ready?.observedGeneration, metadata.generation);
    assert.ok(ready);
    return ready;
  });
}

export const readGeneration = async (k: Kubectl, name: string): Promise<number> =>
  (await k.json<StoredProfile>(["get", "rollcallprofile", name])).metadata.generation;

/** When each running replica of the webhook activated a generation of a profile: milliseconds since 1970. */
export async function readActivationTimes(
  k: Kubectl,
  name: string,
  generation: number,
): Promise<Map<string, number>> {
  const pods = await k.run([...GET_WEBHOOK_PODS, "-o", "name"]);
  const found = new Map<string, number>();
  for (const pod of pods.split("\n").filter(Boolean)) {
    const log = await k.run(["-n", SYSTEM, "logs", pod, "-c", "webhook", "--tail=-1"]);
    const line = log
      .split("\n")
      .find((each) => each.includes(`profile ${name}, generation ${generation}, is active`));
    if (line !== undefined) found.set(pod, Date.parse((JSON.parse(line) as { time: string }).time));
  }
  return found;
}

/** Changes the webhook that validates profiles; for suites that run alone. @param value of the field at `path` */
export async function patchProfileWebhook(k: Kubectl, path: string, value: unknown): Promise<void> {
  const name = "validatingwebhookconfiguration";
  const { webhooks } = await k.json<{ webhooks: { name: string }[] }>(["get", name, "rollcall"]);
  const index = webhooks.findIndex((each) => each.name === "profiles.validate.rollcall.dev");
  const patch = [{ op: "replace", path: `/webhooks/${index}/${path}`, value }];
  await k.run(["patch", name, "rollcall", "--type=json", "-p", JSON.stringify(patch)]);
}
