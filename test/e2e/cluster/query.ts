// Queries a cluster with the kubectl of its version.
import * as z from "zod";
import type { Session } from "./session.ts";
import type { ClusterState } from "./state.ts";

/** A node as `status` shows it. */
export interface NodeStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly kubelet: string;
}

const nodeList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({
        nodeInfo: z.object({ kubeletVersion: z.string() }),
        conditions: z.array(z.object({ type: z.string(), status: z.string() })),
      }),
    }),
  ),
});

/** Whether the API server reports that it is ready. */
export async function answers(session: Session, state: ClusterState): Promise<boolean> {
  return (await ask(session, state, ["get", "--raw", "/readyz"])) === "ok";
}

/** The cluster's nodes; empty if it does not answer. */
export async function listNodes(session: Session, state: ClusterState): Promise<NodeStatus[]> {
  const text = await ask(session, state, ["get", "nodes", "--output", "json"]);
  if (text === null) return [];
  return nodeList.parse(JSON.parse(text)).items.map(({ metadata, status }) => ({
    name: metadata.name,
    ready: status.conditions.some(({ type, status }) => type === "Ready" && status === "True"),
    kubelet: status.nodeInfo.kubeletVersion,
  }));
}

async function ask(session: Session, state: ClusterState, args: string[]): Promise<string | null> {
  const options = ["--kubeconfig", session.folder.kubeconfig, "--request-timeout", "5s"];
  const answer = await session.cache.shell.run(state.kubectl, [...options, ...args], { timeoutMs: 10_000 });
  return answer.code === 0 ? answer.stdout : null;
}
