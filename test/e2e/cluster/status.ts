// The command `status`. It reads the state and queries the cluster, and builds, starts and installs nothing.
import { pickEngine } from "./engine/probe.ts";
import { KUBERNETES } from "./image/pins.ts";
import { CHECKOUT } from "./paths.ts";
import { answers, listNodes, type NodeStatus } from "./query.ts";
import { openSession } from "./session.ts";
import { readState } from "./state.ts";

/** `unfinished`: an `up` runs, or was killed; `silent`: it was up and does not answer. */
export type Phase = "down" | "unfinished" | "up" | "silent";

export interface ClusterStatus {
  readonly name: string;
  readonly checkout: string;
  readonly phase: Phase;
  /** What `up` would use if there is no cluster. */
  readonly engine: string;
  readonly engineWhy: string;
  /** null without a cluster */
  readonly image: string | null;
  readonly imageOrigin: "pulled" | "built" | null;
  readonly imageWhy: string | null;
  readonly kubernetes: string;
  readonly kubeconfig: string | null;
  readonly kubectl: string | null;
  readonly nodes: readonly NodeStatus[];
}

export async function clusterStatus(): Promise<ClusterStatus> {
  const session = openSession({});
  const state = await readState(session.folder);
  const { name } = session;
  if (state === null) {
    const engine = await pickEngine(session.cache.shell);
    const nothing = {
      image: null,
      imageOrigin: null,
      imageWhy: null,
      kubeconfig: null,
      kubectl: null,
      nodes: [],
    };
    const expected = { engine: engine.name, engineWhy: engine.why, kubernetes: KUBERNETES };
    return { name, checkout: CHECKOUT, phase: "down", ...expected, ...nothing };
  }
  const isUp = state.phase === "up";
  const answering = isUp && (await answers(session, state));
  return {
    name,
    checkout: CHECKOUT,
    phase: isUp ? (answering ? "up" : "silent") : "unfinished",
    engine: state.engine.name,
    engineWhy: state.engine.why,
    image: state.image.name,
    imageOrigin: state.image.origin,
    imageWhy: state.image.why,
    kubernetes: state.kubernetes,
    kubeconfig: session.folder.kubeconfig,
    kubectl: state.kubectl,
    nodes: answering ? await listNodes(session, state) : [],
  };
}

/** The status as a table: a row for each item, and one for each node. */
export function formatStatusTable(status: ClusterStatus): string {
  const rows: [string, string][] = [
    ["cluster", `${status.name} (${status.phase})`],
    ["engine", `${status.engine}: ${status.engineWhy}`],
    ["image", status.image === null ? "-" : `${status.image}, ${status.imageOrigin}: ${status.imageWhy}`],
    ["kubernetes", status.kubernetes],
    ["KUBECONFIG", status.kubeconfig ?? "-"],
    ["kubectl", status.kubectl ?? "-"],
    ...status.nodes.map((node): [string, string] => {
      return ["node", `${node.name} ${node.ready ? "Ready" : "NotReady"} ${node.kubelet}`];
    }),
  ];
  return rows.map(([name, value]) => `${name.padEnd(12)}${value}`).join("\n");
}
