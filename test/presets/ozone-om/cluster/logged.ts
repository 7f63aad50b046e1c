// Follows a container's log like `kubectl logs -f`, to notice a line as soon as it is written.
import { spawn } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import type { Access } from "../../../e2e/harness/kubectl.ts";

export interface Line {
  pod: string;
  container: string;
  /** a part of the line */
  text: string;
  /** earlier lines do not count */
  since: Date;
}

/** How much of the end of a chunk is kept, for a line that arrives in two chunks. */
const KEPT = 4096;

/** Resolves when the log contains the line; retries while the container does not exist. */
export async function waitUntilLogged(
  { kubeconfig, kubectl: program }: Access,
  namespace: string,
  { pod, container, text, since }: Line,
  seconds = 300,
): Promise<void> {
  const argv = ["--kubeconfig", kubeconfig, "-n", namespace, "logs", "-f", pod, "-c", container];
  const end = AbortSignal.timeout(seconds * 1000);
  while (!end.aborted) {
    const child = spawn(program, [...argv, `--since-time=${since.toISOString()}`], { stdio: "pipe" });
    const stop = (): void => void child.kill("SIGKILL");
    end.addEventListener("abort", stop);
    const found = await new Promise<boolean>((resolve, reject) => {
      let last = "";
      child.stdout.on("data", (chunk: Buffer) => {
        last += chunk.toString();
        if (last.includes(text)) resolve(true);
        else last = last.slice(-KEPT);
      });
      child.stderr.resume();
      child.once("error", reject);
      child.once("close", () => resolve(false));
    });
    end.removeEventListener("abort", stop);
    stop();
    if (found) return;
    await setTimeout(200);
  }
  throw new Error(`${pod}/${container} did not log ${JSON.stringify(text)} in ${seconds} s`);
}
