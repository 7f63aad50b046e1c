// The webhook's pods during the load: restarts, and the maximum memory of each.
import type { Kubectl } from "../../e2e/harness/kubectl.ts";
import { GET_WEBHOOK_PODS, SYSTEM } from "../../e2e/harness/rollcall.ts";

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status: {
      readonly containerStatuses?: readonly {
        readonly name: string;
        readonly restartCount: number;
        readonly lastState: { readonly terminated?: { readonly reason: string; readonly exitCode: number } };
      }[];
    };
  }[];
}

export interface WebhookPod {
  readonly name: string;
  readonly restarts: number;
  /** reason of the last restart, e.g. "OOMKilled, exit code 137" */
  readonly why: string | null;
}

export async function listWebhookPods(k: Kubectl): Promise<WebhookPod[]> {
  const { items } = await k.json<Pods>(GET_WEBHOOK_PODS);
  return items.map(({ metadata, status }) => {
    const found = status.containerStatuses?.find(({ name }) => name === "webhook");
    const ended = found?.lastState.terminated;
    return {
      name: metadata.name,
      restarts: found?.restartCount ?? 0,
      why: ended === undefined ? null : `${ended.reason}, exit code ${ended.exitCode}`,
    };
  });
}

/** The maximum memory of the process in MiB since its start, by the kernel's count. */
export async function readPeak(k: Kubectl, pod: string): Promise<number> {
  const script = `process.stdout.write(require("node:fs").readFileSync("/proc/1/status","utf8"))`;
  const node = ["/lib/ld.so", "--library-path", "/lib", "/node", "--eval", script];
  const status = await k.run(["-n", SYSTEM, "exec", pod, "-c", "webhook", "--", ...node]);
  return Math.round(Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024);
}
