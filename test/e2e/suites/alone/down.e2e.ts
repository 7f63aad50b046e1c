// While no webhook runs, labelled pods are denied, since a pod without its number would corrupt data; all others,
// including Rollcall's own pods, are unaffected.
import assert from "node:assert/strict";
import { APP_IMAGE } from "../../harness/appImage.ts";
import { TIMEOUT, waitUntilPasses } from "../../harness/eventually.ts";
import { assertPassed, mergePatch, readStoredSet, start } from "../../harness/guarded.ts";
import { scaleWebhook } from "../../harness/rollcall.ts";
import { makeSpace, readProcessEnv, type Space, waitUntilReady } from "../../harness/space.ts";
import { buildWorkload } from "../../harness/workload.ts";

describe("with the webhook scaled to zero", () => {
  let space: Space;
  let going: Space;
  before(async () => {
    space = await makeSpace("down");
    going = await makeSpace("going");
    assert.equal((await going.k.apply(buildWorkload({ replicas: 0 }))).code, 0);
    assert.equal((await space.k.apply(buildWorkload({ replicas: 1 }))).code, 0);
    await waitUntilReady(space.k, "web-0");
    await start(space.k, { name: "kept", profile: "kept", replicas: 2 });
    const lax = { selector: { matchLabels: { app: "lax" } } };
    await start(space.k, { name: "lax", profile: "kept", replicas: 2, set: lax });
    await scaleWebhook(space.all, 0);
  });
  after(async () => {
    await scaleWebhook(space.all, 2);
    await space.remove();
    await going.all.run(["delete", "namespace", going.name, "--ignore-not-found", "--wait=false"]);
  });

  it("denies labelled pods and reports that to their owner", async () => {
    const said = await space.k.try([
      "run",
      "lone",
      `--image=${APP_IMAGE}`,
      "--labels=rollcall.dev/profile=demo",
    ]);
    assert.equal(said.code, 1);
    assert.match(said.stderr, /failed calling webhook "pods\.mutate\.rollcall\.dev"/);
    await space.k.run(["delete", "pod", "web-0", "--wait=true"]);
    await waitUntilPasses(async () => {
      const { items } = await space.k.json<{ items: { reason: string; message: string }[] }>([
        "get",
        "events",
      ]);
      assert.ok(
        items.some(
          ({ reason, message }) => reason === "FailedCreate" && message.includes("pods.mutate.rollcall.dev"),
        ),
      );
    });
  });

  it("denies scaling and changing a protected StatefulSet whose selector has the label", async () => {
    const scale = await space.k.try(["scale", "statefulset/kept", "--replicas=1"]);
    assert.match(scale.stderr, /failed calling webhook "scale\.validate\.rollcall\.dev"/);
    const patch = await mergePatch(space.k, "kept", { spec: { replicas: 1 } });
    assert.match(patch.stderr, /failed calling webhook "statefulsets\.validate\.rollcall\.dev"/);
    assert.equal((await readStoredSet(space.k, "kept")).spec.replicas, 2);
  });

  it("allows /scale if the selector lacks the label, as the warning at apply says", async () => {
    assertPassed(await space.k.try(["scale", "statefulset/lax", "--replicas=1"]));
  });

  it("allows unlabelled pods and creating, changing and scaling unlabelled StatefulSets", async () => {
    await space.k.run(["run", "other", `--image=${APP_IMAGE}`, "--", "sleep", "100000"]);
    await waitUntilReady(space.k, "other");
    const said = await space.k.apply(buildWorkload({ name: "free", profile: null, replicas: 1 }));
    assert.equal(said.code, 0, said.stderr);
    await waitUntilReady(space.k, "free-0");
    await space.k.run(["set", "env", "statefulset/free", "CHANGED=yes"]);
    await space.k.run(["scale", "statefulset/free", "--replicas=2"]);
    await waitUntilReady(space.k, "free-1");
    // through /scale in both directions, and deleted
    await space.k.run(["scale", "statefulset/free", "--replicas=1"]);
    await space.k.run(["scale", "statefulset/free", "--replicas=2"]);
    await waitUntilReady(space.k, "free-1");
    await waitUntilPasses(async () =>
      assert.equal((await readProcessEnv(space.k, "free-0"))["CHANGED"], "yes"),
    );
    await space.k.run(["delete", "statefulset/free"]);
  });

  it("allows deleting a namespace with labelled StatefulSets", async () => {
    // a user's deletion needs the webhook; the namespace controller's does not
    const said = await going.k.try(["delete", "statefulset", "web"]);
    assert.match(said.stderr, /failed calling webhook "statefulsets\.validate\.rollcall\.dev"/);
    await space.all.run(["delete", "namespace", going.name, "--wait=true", TIMEOUT]);
  });

  it("recovers: Rollcall's own pods start, then the labelled ones", async () => {
    await scaleWebhook(space.all, 2);
    // the controller retries with growing pauses; a change of the StatefulSet makes it retry at once
    await waitUntilPasses(async () => {
      await space.k.run([
        "annotate",
        "--overwrite",
        "statefulset",
        "web",
        `rollcall.dev/ask-again=${Date.now()}`,
      ]);
      await waitUntilReady(space.k, "web-0", 20);
    });
    assert.equal((await readProcessEnv(space.k, "web-0"))["NODE_ID"], "1");
  });
});
