// Injection on a real cluster: numbers in running containers, steps that run once, one webhook call for each pod.
import assert from "node:assert/strict";
import { buildRunnerCommand, RUNNER_MOUNT } from "../../../init/contract/places.ts";
import { readWebhookLog } from "../harness/calls.ts";
import { makeSpace, readProcessEnv, type Space, waitUntilReady } from "../harness/space.ts";
import { buildWorkload } from "../harness/workload.ts";

const PODS = ["web-0", "web-1", "web-2"];

describe("numbered pods", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("numbers");
  });
  after(() => space.remove());

  it("are summarized when their StatefulSet is applied", async () => {
    const said = await space.k.apply(buildWorkload());
    assert.equal(said.code, 0, said.stderr);
    assert.match(
      said.stderr,
      /Warning: rollcall RC118 understood: StatefulSet web, profile demo: pods web-0\.\.web-2, NODE_ID 1\.\.3 in app/,
    );
  });

  it("have their number in the running container, and have completed their step", async () => {
    for (const [ordinal, pod] of PODS.entries()) {
      await waitUntilReady(space.k, pod);
      const env = await readProcessEnv(space.k, pod);
      assert.equal(env["NODE_ID"], String(ordinal + 1));
      assert.equal(env["ADVERTISED_NAME"], `${pod}.web.${space.name}.svc`);
      const seed = await space.k.run(["exec", pod, "-c", "app", "--", "cat", "/data/seed.log"]);
      assert.equal(seed, `seeded by ${pod}.web.${space.name}.svc as number ${ordinal + 1}\n`);
      const marker = JSON.parse(await readMarker(space, pod)) as Record<string, unknown>;
      assert.deepEqual(
        [marker["pod"], marker["nodeId"], marker["result"]],
        [pod, String(ordinal + 1), "complete"],
      );
      const { metadata } = await space.k.json<{ metadata: { uid: string } }>(["get", "pod", pod]);
      assert.equal(marker["podUid"], metadata.uid);
    }
  });

  it("report their state in kubectl describe", async () => {
    const text = await space.k.run(["describe", "pod", "web-1"]);
    assert.match(text, /done: pod web-1, NodeID 2; seed done in \d/);
  });

  it("report by kubectl exec in the application container which steps are marked", async () => {
    const words = ["exec", "web-1", "-c", "app", "--", ...buildRunnerCommand(RUNNER_MOUNT, "status")];
    assert.match(
      await space.k.run(words),
      /^pod web-1, NodeID 2\n√ seed {3}done .*\n√ all steps are done\n$/,
    );
  });

  it("cost one call of the mutating webhook each, not two", async () => {
    const lines = (await readWebhookLog(space.all)).filter(
      (line) => line.namespace === space.name && line.path === "/mutate",
    );
    const calls = PODS.map((pod) => lines.filter(({ name }) => name === pod).length);
    const { items } = await space.k.json<{ items: { reason: string; message: string }[] }>(["get", "events"]);
    // the controller repeats a creation whose review was answered too late
    const again = PODS.map(
      (pod) =>
        items.filter(({ reason, message }) => reason === "FailedCreate" && message.includes(`Pod ${pod} `))
          .length,
    );
    for (const [at, count] of calls.entries())
      assert.ok(
        count >= 1 && count <= 1 + (again[at] ?? 0),
        `${PODS[at]}: ${count} calls, ${again[at]} failed`,
      );
  });

  it("keep number and marker when they are recreated, and do not run the step again", async () => {
    const before = await readMarker(space, "web-1");
    await space.k.run(["delete", "pod", "web-1", "--wait=true"]);
    const back = await waitUntilReady(space.k, "web-1");
    assert.equal((await readProcessEnv(space.k, "web-1"))["NODE_ID"], "2");
    assert.equal(await readMarker(space, "web-1"), before);
    const seed = await space.k.run(["exec", "web-1", "-c", "app", "--", "cat", "/data/seed.log"]);
    assert.equal(seed.split("\n").length, 2);
    const init = back.status.initContainerStatuses?.find(({ name }) => name === "rollcall-init");
    assert.match(init?.state.terminated?.message ?? "", /seed already done/);
  });

  it("get their number after a scale-up", async () => {
    await space.k.run(["scale", "statefulset", "web", "--replicas=4"]);
    await waitUntilReady(space.k, "web-3");
    assert.equal((await readProcessEnv(space.k, "web-3"))["NODE_ID"], "4");
  });
});

describe("a profile's text in a pod of a real kubelet", () => {
  let space: Space;
  before(async () => {
    space = await makeSpace("dollars");
  });
  after(() => space.remove());

  it("arrives unchanged, in env and in the arguments of a step", async () => {
    const said = await space.k.apply(buildWorkload({ replicas: 1, profile: "dollars" }));
    assert.equal(said.code, 0, said.stderr);
    await waitUntilReady(space.k, "web-0");
    assert.equal((await readProcessEnv(space.k, "web-0"))["PRICE"], `$5 $$ $(NODE_ID) $(HOSTNAME) '"\n1`);
    const words = await space.k.run(["exec", "web-0", "-c", "app", "--", "cat", "/data/words"]);
    assert.equal(words, `$5 $$ $(NODE_ID) $(HOSTNAME) '"\nend\n`);
  });
});

const readMarker = (space: Space, pod: string): Promise<string> =>
  space.k.run(["exec", pod, "-c", "app", "--", "cat", `/rollcall-marker/.rollcall/${pod}.json`]);
