// A suite's own namespace, and its queries.
import { randomBytes } from "node:crypto";
import { waitUntilPasses } from "./eventually.ts";
import { type Access, createKubectl, type Kubectl, readClusterAccess } from "./kubectl.ts";

/** After a failure the namespaces stay, so that e2e/main.ts can collect their state before it removes them. */
const evidence = { wanted: false };

export function keepEvidence(): void {
  evidence.wanted = true;
}

export interface Space {
  name: string;
  /** kubectl in this namespace */
  k: Kubectl;
  /** kubectl without a namespace */
  all: Kubectl;
  access: Access;
  remove(): Promise<void>;
}

/**
 * Creates a namespace. Those of failed suites are found by its label before they are removed.
 * @param name a fixed name; waits until a namespace from an earlier run is gone
 */
export async function makeSpace(
  suite: string,
  labels: Readonly<Record<string, string>> = {},
  name = `e2e-${suite}-${randomBytes(3).toString("hex")}`,
): Promise<Space> {
  const access = readClusterAccess();
  const all = createKubectl(access);
  await all.run(["delete", "namespace", name, "--ignore-not-found"]);
  const metadata = { name, labels: { "rollcall.dev/e2e": suite, ...labels } };
  await all.run(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata }));
  const k = createKubectl(access, name);
  // the controller creates it a moment later, and pods are rejected without it
  await waitUntilPasses(() => k.run(["get", "serviceaccount", "default"]));
  return {
    name,
    k,
    all,
    access,
    remove: async () => {
      // a suite may have deleted it
      const words = ["delete", "namespace", name, "--wait=false", "--ignore-not-found"];
      if (!evidence.wanted) await all.run(words);
    },
  };
}

export interface PodStatus {
  metadata: { name: string; uid: string };
  spec: {
    initContainers?: { name: string }[];
    containers: { name: string; env?: { name: string; value?: string }[] }[];
  };
  status: {
    phase: string;
    qosClass: string;
    conditions?: { type: string; status: string }[];
    initContainerStatuses?: {
      name: string;
      restartCount: number;
      state: { terminated?: ContainerTermination };
      lastState: { terminated?: ContainerTermination };
    }[];
  };
}

interface ContainerTermination {
  exitCode: number;
  message?: string;
}

/** Waits until a pod is Ready. */
export function waitUntilReady(k: Kubectl, pod: string, seconds?: number): Promise<PodStatus> {
  return waitUntilPasses(async () => {
    const seen = await k.json<PodStatus>(["get", "pod", pod]);
    const isReady = seen.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
    if (isReady !== true) throw new Error(`pod ${pod} is not ready: ${JSON.stringify(seen.status)}`);
    return seen;
  }, seconds);
}

/** The environment of the process in a pod's container app. */
export async function readProcessEnv(k: Kubectl, pod: string): Promise<Record<string, string>> {
  const text = await k.run(["exec", pod, "-c", "app", "--", "cat", "/proc/1/environ"]);
  return Object.fromEntries(
    text
      .split("\0")
      .filter(Boolean)
      .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
}
