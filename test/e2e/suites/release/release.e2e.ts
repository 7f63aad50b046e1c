// Release steps on a real cluster with a real S3 server in a pod: once for each release, whatever happens to the pod
// that runs them (I4 in docs/architecture.md).
import assert from "node:assert/strict";
import { lockLease } from "../../../../init/contract/record.ts";
import { LOCK_SECONDS } from "../../../../webhook/profiles/markers.ts";
import { needs } from "../../../requirements.ts";
import { TIMEOUT, waitUntilPasses } from "../../harness/eventually.ts";
import { seesPods, signalRunnersOf } from "../../harness/runners.ts";
import { makeSpace, type PodStatus, type Space, waitUntilReady } from "../../harness/space.ts";
import { buildCountedWorkload, store } from "./documents.ts";
import { countCommand, formatCountedImage, loadReleaseImages } from "./images.ts";

const PODS = ["0", "1", "2"];

/** Duration of a step whose pod is deleted while it runs: longer than it takes to find that pod. */
const HELD_SECONDS = 30;
/** How long a pod may take to start on a busy cluster: 230 s were seen on two cores. */
const POD_SECONDS = 300;
/** Within this time another pod has taken over the lock and completed the step. */
const TAKEN_OVER_SECONDS = LOCK_SECONDS + HELD_SECONDS + POD_SECONDS;

describe("a release step that counts its runs in S3", () => {
  let space: Space;
  before(async () => {
    await loadReleaseImages();
    space = await makeSpace("release");
    const said = await space.k.apply(store(space.name));
    assert.equal(said.code, 0, said.stderr);
    await waitUntilReady(space.k, "s3");
  });
  after(() => space.remove());

  /** The runs in S3, such as "a/done/web-1/RUN". */
  const runs = async (set: string, of: string): Promise<string[]> => {
    const text = await space.k.run(["exec", `${set}-1`, "-c", "app", "--", ...countCommand("list")]);
    return text.split("\n").filter((line) => line.startsWith(of));
  };
  const apply = async (set: string, seconds: number): Promise<void> => {
    const said = await space.k.apply(buildCountedWorkload(set, seconds));
    assert.equal(said.code, 0, said.stderr);
  };
  const rollTo = async (release: "a" | "b", partition: number): Promise<void> => {
    const patch = {
      spec: {
        updateStrategy: { rollingUpdate: { partition } },
        template: { spec: { containers: [{ name: "app", image: formatCountedImage(release) }] } },
      },
    };
    await space.k.run(["patch", "statefulset", "web", "-p", JSON.stringify(patch)]);
    await space.k.run(["rollout", "status", "statefulset/web", TIMEOUT]);
  };

  it("runs once if three pods start at the same time", async () => {
    await apply("web", 2);
    for (const pod of PODS) await waitUntilReady(space.k, `web-${pod}`);
    assert.deepEqual([(await runs("web", "a/begun/")).length, (await runs("web", "a/done/")).length], [1, 1]);
  });

  it("runs once for a new release, and not in an old pod that restarts during the rollout", async () => {
    await rollTo("b", 2);
    assert.equal((await runs("web", "b/done/")).length, 1);
    const before = await space.k.json<PodStatus>(["get", "pod", "web-0"]);
    await space.k.run(["delete", "pod", "web-0", "--wait=true"]);
    const old = await waitUntilPasses(async () => {
      const seen = await waitUntilReady(space.k, "web-0");
      assert.notEqual(seen.metadata.uid, before.metadata.uid);
      return seen;
    });
    assert.equal(await readImage("web-0"), formatCountedImage("a"));
    const init = old.status.initContainerStatuses?.find(({ name }) => name === "rollcall-init");
    assert.match(init?.state.terminated?.message ?? "", /^done: .*migrate already done/);
    assert.deepEqual(
      [(await runs("web", "a/begun/")).length, (await runs("web", "b/begun/")).length],
      [1, 1],
    );
    await rollTo("b", 0);
    assert.equal((await runs("web", "b/begun/")).length, 1);
  });

  it("runs again after a rollback: three times for releases A, B, A", async () => {
    await rollTo("a", 0);
    const done = await runs("web", "");
    const count = (what: string): number => done.filter((line) => line.startsWith(what)).length;
    assert.deepEqual([count("a/begun/"), count("a/done/"), count("b/done/")], [2, 2, 1]);
  });

  it("succeeds once, within the lease duration, if the pod that runs it is force-deleted", async () => {
    await apply("held", HELD_SECONDS);
    const { pod: holder } = await holderAtWork("held");
    const began = performance.now();
    await space.k.run(["delete", "pod", holder, "--force", "--grace-period=0"]);
    for (const pod of PODS) await waitUntilReady(space.k, `held-${pod}`);
    const seconds = (performance.now() - began) / 1000;
    console.log(`      all three were ready ${seconds.toFixed(0)} s after the holder was deleted`);
    assert.equal((await runs("held", "a/done/")).length, 1);
    assert.ok(seconds < TAKEN_OVER_SECONDS, `${seconds} s`);
  });

  it("succeeds once, after the lease duration, if the runner is killed without releasing the lock", async function () {
    needs(this, await seesPods(), "Linux, root, and a node whose processes are this machine's");
    await apply("stopped", HELD_SECONDS);
    const { pod: holder, uid } = await holderAtWork("stopped");
    // stopped, it does not handle SIGTERM; if only killed, it would be restarted in the same pod, which still holds the
    // lock
    const stopped = await signalRunnersOf(uid, "SIGSTOP");
    assert.ok(stopped > 0, `no process of pod ${holder} was found`);
    const began = performance.now();
    await space.k.run(["delete", "pod", holder, "--force", "--grace-period=0"]);
    for (const pod of PODS) await waitUntilReady(space.k, `stopped-${pod}`);
    const seconds = (performance.now() - began) / 1000;
    console.log(
      `      all three were ready ${seconds.toFixed(0)} s after the holder was stopped and deleted`,
    );
    assert.equal((await runs("stopped", "a/done/")).length, 1);
    const logs = await Promise.all(
      PODS.map((pod) => space.k.run(["logs", `stopped-${pod}`, "-c", "rollcall-init"])),
    );
    const takers = logs.filter((log) =>
      log.includes(`was not renewed for ${LOCK_SECONDS} s: taking it over`),
    );
    // two pods may print it, but only one gets the lock
    assert.ok(takers.length >= 1, logs.join("\n---\n"));
    assert.ok(seconds < TAKEN_OVER_SECONDS, `${seconds} s`);
  });

  /** The pod whose runner holds the lock and is running the step. */
  const holderAtWork = async (set: string): Promise<{ pod: string; uid: string }> => {
    const uid = await waitUntilPasses(async () => {
      const lease = await space.k.json<{ spec: { holderIdentity?: string } }>([
        "get",
        "lease",
        lockLease(set),
      ]);
      const [holder = ""] = (lease.spec.holderIdentity ?? "").split("/");
      assert.notEqual(holder, "");
      return holder;
    });
    const { items } = await space.k.json<{ items: PodStatus[] }>(["get", "pods", "-l", `app=${set}`]);
    const pod = items.find(({ metadata }) => metadata.uid === uid)?.metadata.name;
    assert.ok(pod, `no pod is the holder ${uid}`);
    // the step's line in the log shows that it runs
    await waitUntilPasses(async () => {
      const log = await space.k.run(["logs", pod, "-c", "rollcall-init"]);
      assert.match(log, /step migrate: running/);
    });
    return { pod, uid };
  };

  const readImage = async (pod: string): Promise<string | undefined> => {
    const seen = await space.k.json<{ spec: { containers: { name: string; image: string }[] } }>([
      "get",
      "pod",
      pod,
    ]);
    return seen.spec.containers.find(({ name }) => name === "app")?.image;
  };
});
