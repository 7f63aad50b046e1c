// Stops the node's kubelet, or the API server, for a minute. A program on the node does it, under any engine, and ends
// the outage by itself, even if the test has ended.
import assert from "node:assert/strict";
import { waitUntilPasses } from "../../../e2e/harness/eventually.ts";
import type { Kubectl } from "../../../e2e/harness/kubectl.ts";
import { buildNodePod } from "../../../e2e/harness/workload.ts";
import { OZONE_IMAGE } from "./image/image.ts";

export type Outage = "kubelet stopped" | "API server frozen";

const SECONDS = 60;

/** Suspended, not ended: connections are accepted but never answered, which is worse. */
const SCRIPTS: Readonly<Record<Outage, string>> = {
  "kubelet stopped": `systemctl stop kubelet; sleep ${SECONDS}; systemctl start kubelet`,
  "API server frozen": `id=$(pidof kube-apiserver) && kill -STOP $id && sleep ${SECONDS}; kill -CONT $id`,
};

/** The command that fails during the outage. */
const ANSWERS: Readonly<Record<Outage, string>> = {
  "kubelet stopped": "/api/v1/nodes/NODE/proxy/healthz",
  "API server frozen": "/livez",
};

/**
 * Starts an outage; resolves when it has begun.
 * @param k of a namespace that allows privileged pods
 * @param name of the pod that does it, one for each outage
 */
export async function beginOutage(k: Kubectl, name: string, outage: Outage): Promise<void> {
  const asked = `/run/rollcall-${name}-begins`;
  // the kubelet must report that the container runs before it is stopped
  const wait = `rm -f ${asked}; until [ -e ${asked} ]; do sleep 0.1; done; rm ${asked}`;
  const script = `${wait}; echo BEGINS; ${SCRIPTS[outage]}; echo ENDED`;
  const command = [...ON_NODE, "bash", "-c", script];
  const said = await k.apply([buildNodePod(name, OZONE_IMAGE, command)]);
  assert.equal(said.code, 0, said.stderr);
  await k.run(["wait", "--for=condition=Ready", `pod/${name}`, "--timeout=120s"]);
  const { spec } = await k.json<{ spec: { nodeName: string } }>(["get", "pod", name]);
  await k.run(["exec", name, "--", ...ON_NODE, "touch", asked]);
  const path = ANSWERS[outage].replace("NODE", spec.nodeName);
  await waitUntilPasses(async () => {
    const { code } = await k.try(["get", "--raw", path, "--request-timeout=3s"]);
    assert.notEqual(code, 0, `${path} still answers`);
  });
}

const ON_NODE = ["nsenter", "--target=1", "--mount", "--pid", "--"];

/** Waits until the outage is over, and proves that it took place. */
export async function endOfOutage(k: Kubectl, name: string): Promise<void> {
  await waitUntilPasses(async () => {
    assert.match(await k.run(["logs", name, "--request-timeout=5s"]), /^BEGINS\nENDED$/m);
  });
}
