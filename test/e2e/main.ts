// `npm run e2e`: a kind cluster of ours, this checkout's images on it, Rollcall installed, the suites.
//   --only NAME   suites whose file holds NAME      --keep   leave the cluster running
//   --full        also what is too long for CI
import { join } from "node:path";
import { readOptions } from "../options.ts";
import { abortOnSignal } from "../signal.ts";
import { down, readyCluster, up } from "./cluster/provider.ts";
import { tell } from "./harness/collect.ts";
import { kubectl } from "./harness/kubectl.ts";
import { install, loadImages, OVERLAY, ROOT } from "./harness/rollcall.ts";
import { runSuites, type Tally } from "./harness/suites.ts";

const HELP = `npm run e2e -- [--only NAME] [--keep] [--full]
Runs the e2e suites on a kind cluster (with Docker, else podman), which it starts where none of ours is up.

  --only NAME   only suites whose file's path holds NAME
  --keep        leave a cluster that it has started running
  --full        also the suites that are too long for CI
`;

const log = (line: string): void => console.error(`e2e: ${line}`);

const OPTIONS = {
  only: { type: "string", default: "" },
  keep: { type: "boolean", default: false },
  full: { type: "boolean", default: false },
} as const;

async function main(words: readonly string[]): Promise<number> {
  const options = readOptions("e2e", HELP, OPTIONS, words);
  if (typeof options === "number") return options;
  const stop = abortOnSignal();
  const had = await readyCluster();
  const provider = {
    log,
    signal: stop,
    ...(process.env["ROLLCALL_INSTALL"] === "1" ? { install: true } : {}),
  };
  const cluster = had ?? (await up(provider));
  try {
    const tally = await onCluster(cluster, options, stop);
    console.log(
      `${tally.passed} passed, ${tally.failed} failed${tally.skipped > 0 ? `, ${tally.skipped} skipped` : ""}`,
    );
    return tally.failed === 0 && tally.passed > 0 ? 0 : 1;
  } finally {
    if (had === null && !options.keep) await down({ log });
    else
      log(
        `the cluster is left running: export KUBECONFIG=${cluster.kubeconfig}; npm run cluster -- down removes it`,
      );
  }
}

async function onCluster(
  cluster: { kubeconfig: string; kubectl: string },
  options: { only: string; full: boolean },
  stop: AbortSignal,
): Promise<Tally> {
  const k = kubectl(cluster);
  await loadImages(join(ROOT, "dist/images"), log);
  await install(k, OVERLAY, log);
  const tally = await runSuites({ ...options, cluster, stop, log });
  if (tally.failed > 0) {
    await tell(k, tally.failures, log);
    await k.run(["delete", "namespaces", "-l", "rollcall.dev/e2e", "--wait=false"]);
  }
  return tally;
}

process.exitCode = await main(process.argv.slice(2));
