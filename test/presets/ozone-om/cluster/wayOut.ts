// Helpers for tests of leaving: changes in members, and Events about them.
import assert from "node:assert/strict";
import { TIMEOUT, waitUntilPasses } from "../../../e2e/harness/eventually.ts";
import { assertPassed } from "../../../e2e/harness/guarded.ts";
import type { Access, Kubectl } from "../../../e2e/harness/kubectl.ts";
import { measureTime } from "../processes/measureTime.ts";
import { applyCopy, listMemberIds, waitForReadyPod, waitForRing } from "./ring.ts";

/** Gives the example's StatefulSet another profile. */
export function setManagingProfile(profile: string, spec: Record<string, unknown>): void {
  const labels = { app: "om", "rollcall.dev/profile": profile };
  const template = spec["template"] as { metadata: { labels: unknown } };
  template.metadata.labels = labels;
  spec["selector"] = { matchLabels: labels };
}

/** Scales, and retries while a member answers the webhook too late. */
export const scaleTo = (k: Kubectl, replicas: number): Promise<void> =>
  waitUntilPasses(async () =>
    assertPassed(await k.try(["scale", "statefulset/om", `--replicas=${replicas}`])),
  );

/** A ring of seven members that leave by themselves, all created at once. @returns kubectl in its namespace */
export async function startSevenAtOnce(access: Access, namespace: string): Promise<Kubectl> {
  const k = await applyCopy(access, namespace, (spec) => {
    setManagingProfile("ozone-managed", spec);
    Object.assign(spec, { replicas: 7, podManagementPolicy: "Parallel" });
  });
  await measureTime("a ring of seven", async () => {
    for (const name of listMemberIds(7)) await waitForReadyPod(k, name, 600);
    await waitForRing(k, listMemberIds(7));
  });
  return k;
}

/** Waits until a pod is gone, and prints the duration. */
export const waitUntilGone = (k: Kubectl, pod: string): Promise<string> =>
  measureTime(`${pod} gone`, () => k.run(["wait", "--for=delete", `pod/${pod}`, TIMEOUT]));

/** Makes Ozone's admin commands fail in this member, by the image's stand-in for `ozone`, so that it cannot leave. */
export async function leavesNoMore(k: Kubectl, pod: string): Promise<void> {
  await k.run(["exec", pod, "-c", "om", "--", "touch", "/tmp/no-admin"]);
}

interface Event {
  reason: string;
  message: string;
}

const endsWithEvict =
  (member: string) =>
  (line: string): boolean =>
    line.trim().endsWith(`om evict ${member}`);

/** Waits for an Event with commands that evict a member; @returns its message, for runPastedCommands */
export function waitForEvictionEvent(k: Kubectl, member: string): Promise<string> {
  return waitUntilPasses(async () => {
    const { items } = await k.json<{ items: Event[] }>(["get", "events"]);
    const told = items.filter(({ reason }) => reason === "DeletionHeld").map(({ message }) => message);
    const message = told.find((each) => each.split("\n").some(endsWithEvict(member)));
    assert.ok(message, `no Event says how ${member} is taken out: ${told.join("\n")}`);
    return message;
  });
}

/** The same; @returns the command's arguments after `kubectl -n …` */
export async function evictInEvent(k: Kubectl, member: string): Promise<string[]> {
  const line = (await waitForEvictionEvent(k, member)).split("\n").find(endsWithEvict(member)) ?? "";
  return line
    .trim()
    .replace(/^kubectl -n \S+ /, "")
    .split(" ");
}
