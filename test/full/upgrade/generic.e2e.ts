// From a release to this checkout and back: no admission fails meanwhile, and each version reads what the other wrote.
import assert from "node:assert/strict";
import { join } from "node:path";
import { buildRunnerCommand, RUNNER_MOUNT } from "../../../init/contract/places.ts";
import { openClusterApi } from "../../e2e/harness/api.ts";
import { countFailedCalls } from "../../e2e/harness/calls.ts";
import { TIMEOUT, waitUntilPasses } from "../../e2e/harness/eventually.ts";
import { bindMembers, start } from "../../e2e/harness/guarded.ts";
import { makeSpace, type Space, waitUntilReady } from "../../e2e/harness/space.ts";
import { sendHonest } from "../hostileLoad/honest.ts";
import { HONEST_SETUP, NAMESPACES } from "../hostileLoad/setup.ts";
import {
  findCheckout,
  type InstalledVersion,
  installVersion,
  listWebhookImages,
  readRunnerImage,
} from "./versions.ts";

/** How long requests are sent before a version is replaced, and after the other one is ready. */
const MARGIN_MS = 10_000;

/** Longer than any rollout; the sender is stopped before. */
const LONGEST_S = 900;

describe("an upgrade of Rollcall", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("upgrade");
    await installVersion(space.all, "old");
    const profiles = join(findCheckout("old"), "test/e2e/overlay/profiles.yaml");
    await waitUntilPasses(() => space.all.run(["apply", "-f", profiles]));
    const said = await space.all.apply(HONEST_SETUP);
    assert.equal(said.code, 0, said.stderr);
    await waitUntilPasses(() => space.all.run(["-n", NAMESPACES.honest, "get", "serviceaccount", "default"]));
    await bindMembers(space);
  });
  after(async () => {
    await space.all.run(["delete", "namespace", NAMESPACES.honest, "--wait=false"]);
    await space.remove();
  });

  /** Installs a version while 20 admissions a second are sent. */
  async function replaceBy(version: InstalledVersion): Promise<void> {
    const [before] = await listWebhookImages(space.all);
    const api = await openClusterApi(space.access.kubeconfig);
    const failedBefore = await countFailedCalls(space.all);
    const over = new AbortController();
    const sending = sendHonest(api, LONGEST_S, over.signal);
    await new Promise((done) => setTimeout(done, MARGIN_MS));
    await installVersion(space.all, version);
    await new Promise((done) => setTimeout(done, MARGIN_MS));
    over.abort();
    const { milliseconds, refused } = await sending;
    console.log(`      ${milliseconds.length} admissions meanwhile, ${refused.length} refused`);
    assert.deepEqual(refused, []);
    assert.equal((await countFailedCalls(space.all)) - failedBefore, 0);
    const after = await listWebhookImages(space.all);
    assert.ok(after.length === 1 && after[0] !== before, `${before} was replaced by ${after.join(" ")}`);
  }

  /** Recreates a pod, whose step must not run again. */
  async function recreate(pod: string): Promise<void> {
    const runner = await readRunnerImage(space.k, pod);
    await space.k.run(["delete", "pod", pod, "--wait=true"]);
    await waitUntilPasses(async () => {
      await waitUntilReady(space.k, pod, 30);
    });
    assert.notEqual(await readRunnerImage(space.k, pod), runner);
    const log = await space.k.run(["exec", pod, "-c", "app", "--", "cat", "/data/seed.log"]);
    assert.equal(log.trim().split("\n").length, 1, log);
  }

  /** Drains the pod with the highest ordinal by the runner in the pod, and removes it. */
  async function removeDrained(pod: string, replicas: number): Promise<void> {
    const denied = await space.k.try(["scale", "statefulset/leaving", `--replicas=${replicas}`]);
    assert.match(denied.stderr, /RC013/);
    const drain = buildRunnerCommand(RUNNER_MOUNT, "drain");
    await space.k.run(["exec", pod, "-c", "app", "--", ...drain]);
    await waitUntilPasses(() => space.k.run(["scale", "statefulset/leaving", `--replicas=${replicas}`]));
    await space.k.run(["wait", "--for=delete", `pod/${pod}`, TIMEOUT]);
  }

  it("begins with pods of the old version", async () => {
    await start(space.k, { name: "web", replicas: 2 });
    await start(space.k, { name: "leaving", profile: "drained", replicas: 4 });
    await removeDrained("leaving-3", 3);
  });

  it("loses no admission", () => replaceBy("new"));

  it("lets the new version read the old one's markers and record, and pods keep their old runner", async () => {
    await recreate("web-0");
    // by the runner of the old version, while the new webhook decides
    await removeDrained("leaving-2", 2);
    await space.k.run(["scale", "statefulset/web", "--replicas=3"]);
    await waitUntilReady(space.k, "web-2");
  });

  it("loses no admission on the way back", () => replaceBy("old"));

  it("lets the old version read the new one's markers and record", async () => {
    await recreate("web-2");
    await recreate("web-0");
    await removeDrained("leaving-1", 1);
  });
});
