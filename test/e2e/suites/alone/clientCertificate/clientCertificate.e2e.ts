// The overlay client-certificate on a cluster whose API server presents a certificate: `npm run cluster -- up
// --client-certificate`, which part client-certificate of `npm run test:full` starts.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { findReadyCluster } from "../../../cluster/provider.ts";
import { countFailedCalls } from "../../../harness/calls.ts";
import { waitUntilPasses } from "../../../harness/eventually.ts";
import { buildNodeContainer, buildNodePodSpec, buildScriptsConfigMap } from "../../../harness/ourNode.ts";
import { CHECKOUT_ROOT, installRollcall, SYSTEM } from "../../../harness/rollcall.ts";
import { makeSpace, readProcessEnv, type Space, waitUntilReady } from "../../../harness/space.ts";
import { buildWorkload } from "../../../harness/workload.ts";

const CERTIFICATE_OVERLAY = join(CHECKOUT_ROOT, "manifests/overlays/client-certificate");

interface Answer {
  path: string;
  status: number;
  text: string;
}

describe("with required client certificates", () => {
  let space: Space;
  const log = (line: string): void => console.log(`      ${line}`);
  before(async function () {
    const clientCa = (await findReadyCluster())?.clientCa ?? null;
    if (clientCa === null) {
      // allowed even with ROLLCALL_STRICT: another part of test:full starts a cluster for it
      console.log("SKIPPED: a cluster that `npm run cluster -- up --client-certificate` has made");
      this.skip();
      return;
    }
    space = await makeSpace("certificate");
    const configMap = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "rollcall-client-ca", namespace: SYSTEM },
      data: { "ca.crt": await readFile(clientCa, "utf8") },
    };
    assert.equal((await space.all.apply([configMap])).code, 0);
    await installRollcall(space.all, { folder: CERTIFICATE_OVERLAY }, log);
  });
  after(async () => {
    if (space === undefined) return;
    // later suites run on a cluster without client certificates
    await space.all.run(["-n", SYSTEM, "delete", "deployment/rollcall"]);
    await installRollcall(space.all, {}, log);
    await space.remove();
  });

  it("the API server's calls pass: pods get numbers, and a StatefulSet gets its summary", async () => {
    const before = await countFailedCalls(space.all);
    const said = await space.k.apply(buildWorkload({ replicas: 2 }));
    assert.equal(said.code, 0, said.stderr);
    assert.match(said.stderr, /RC118 understood/);
    await waitUntilReady(space.k, "web-1");
    assert.equal((await readProcessEnv(space.k, "web-1"))["NODE_ID"], "2");
    assert.equal(await countFailedCalls(space.all), before);
  });

  it("reviews from a pod are rejected with a reason, probes and metrics are not", async () => {
    const script = await buildScriptsConfigMap("ask", new URL("ask.mjs", import.meta.url));
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "ask" },
      spec: { ...buildNodePodSpec("ask", buildNodeContainer("ask.mjs")), restartPolicy: "Never" },
    };
    assert.equal((await space.k.apply([script, pod])).code, 0);
    const answers = await waitUntilPasses(async () => {
      const { status } = await space.k.json<{ status: { phase: string } }>(["get", "pod", "ask"]);
      assert.equal(status.phase, "Succeeded");
      return JSON.parse(await space.k.run(["logs", "ask"])) as Answer[];
    });
    assert.deepEqual(
      answers.map(({ path, status }) => [path, status]),
      [
        ["/mutate", 403],
        ["/validate", 403],
        ["/healthz", 200],
        ["/readyz", 200],
        ["/metrics", 200],
      ],
    );
    for (const { text } of answers.slice(0, 2)) {
      assert.match(
        text,
        /^only the API server may send reviews, with a client certificate for rollcall-kube-apiserver .*has no valid one/,
      );
    }
    assert.match(answers.at(-1)?.text ?? "", /^# HELP /);
  });
});
