// A minute without the node's kubelet, or without an API server that answers. A program on the node does it, under
// whichever engine the node runs, and puts it right again by itself, whatever becomes of the test.
import assert from "node:assert/strict";
import { eventually } from "../../e2e/harness/eventually.ts";
import type { Kubectl } from "../../e2e/harness/kubectl.ts";
import { nodePod } from "../../e2e/harness/workload.ts";
import { OZONE_IMAGE } from "./image/image.ts";
import type { Pod } from "./ring.ts";

export type Outage = "kubelet stopped" | "API server frozen";

const SECONDS = 60;

/** Frozen and not ended: a connection is taken and nothing is ever said, which is the worse of the two. */
const SCRIPTS: Readonly<Record<Outage, string>> = {
  "kubelet stopped": `systemctl stop kubelet; sleep ${SECONDS}; systemctl start kubelet`,
  "API server frozen": `id=$(pidof kube-apiserver) && kill -STOP $id && sleep ${SECONDS}; kill -CONT $id`,
};

/**
 * Begins it; resolves once it has begun.
 * @param k of a namespace that takes privileged pods
 * @param name of the pod that does it, one for each outage
 */
export async function beginOutage(k: Kubectl, name: string, outage: Outage): Promise<void> {
  const script = `echo BEGINS; ${SCRIPTS[outage]}; echo ENDED`;
  const command = ["nsenter", "--target=1", "--mount", "--pid", "--", "bash", "-c", script];
  const said = await k.apply([nodePod(name, OZONE_IMAGE, command)]);
  assert.equal(said.code, 0, said.stderr);
  await eventually(async () => {
    // an API server that is frozen already answers no more: the container's start was the last that it told
    const { status } = await k.json<Pod>(["get", "pod", name, "--request-timeout=3s"]).catch(() => FROZEN);
    assert.ok(status.containerStatuses?.[0]?.state.running !== undefined, JSON.stringify(status));
  });
}

const FROZEN: Pick<Pod, "status"> = {
  status: { containerStatuses: [{ restartCount: 0, state: { running: { startedAt: "" } } }] },
};

/** Waits until it is over, and proves that it took place. */
export async function endOfOutage(k: Kubectl, name: string): Promise<void> {
  await eventually(async () => {
    assert.match(await k.run(["logs", name, "--request-timeout=5s"]), /^BEGINS\nENDED$/m);
  });
}
