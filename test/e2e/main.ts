// `npm run e2e`: runs the suites on a kind cluster, with the images of this checkout and Rollcall installed.
//   --only NAME   suites whose file name contains NAME      --keep   leave the cluster running
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { parseOptions } from "../parseOptions.ts";
import { abortOnSignal } from "../signal.ts";
import { ensureCluster, findReadyCluster, removeCluster } from "./cluster/provider.ts";
import { type Access, createKubectl } from "./harness/kubectl.ts";
import { printDiagnostics } from "./harness/printDiagnostics.ts";
import { CHECKOUT_ROOT, installRollcall, loadImages } from "./harness/rollcall.ts";
import { formatTally, runSuites, type SuitesTally, type SuiteTally } from "./harness/suites.ts";

const HELP = `npm run e2e -- [--only NAME] [--keep]
Runs the e2e suites on a kind cluster (with Docker, else podman), which it starts where none of ours is up.

  --only NAME   only suites whose file's path holds NAME
  --keep        leave a cluster that it has started running
`;

const log = (line: string): void => console.error(`e2e: ${line}`);

const OPTIONS = {
  only: { type: "string", default: "" },
  keep: { type: "boolean", default: false },
} as const;

async function main(words: readonly string[]): Promise<number> {
  const options = parseOptions("e2e", HELP, OPTIONS, words);
  if (typeof options === "number") return options;
  const stop = abortOnSignal();
  const had = await findReadyCluster();
  const provider = {
    log,
    signal: stop,
    ...(process.env["ROLLCALL_INSTALL"] === "1" ? { install: true } : {}),
  };
  const cluster = had ?? (await ensureCluster(provider));
  try {
    const tally = await onCluster(cluster, options, stop);
    console.log(formatTally(tally));
    return tally.failed === 0 && tally.passed > 0 ? 0 : 1;
  } finally {
    if (had === null && !options.keep) await removeCluster({ log });
    else
      log(
        `the cluster is left running: export KUBECONFIG=${cluster.kubeconfig}; npm run cluster -- down removes it`,
      );
  }
}

async function onCluster(
  cluster: { kubeconfig: string; kubectl: string },
  options: { only: string },
  stop: AbortSignal,
): Promise<SuiteTally> {
  const k = createKubectl(cluster);
  await loadImages(join(CHECKOUT_ROOT, "dist/images"), log);
  await installRollcall(k, {}, log);
  const tally = await runChosen(await chooseSuites(options), { cluster, stop, log });
  if (tally.failed > 0) {
    await printDiagnostics(k, tally.failures, log);
    await k.run(["delete", "namespaces", "-l", "rollcall.dev/e2e", "--wait=false"]);
  }
  return tally;
}

/** How many suites run at once. With four, two cores are always busy, and a pod takes minutes instead of seconds. */
const AT_ONCE = 2;

/** Long suites start first, so that none of them runs alone at the end. */
const LONGEST_FIRST = ["/release/", "/otobo/", "/public/", "/guard/ways", "/meddler/"];

/** @throws if no suite has that name */
async function chooseSuites({ only }: { only: string }): Promise<string[]> {
  const all = (await Array.fromAsync(glob("test/e2e/suites/**/*.e2e.ts", { cwd: CHECKOUT_ROOT }))).sort();
  const wanted = all.filter((file) => file.includes(only));
  if (wanted.length === 0)
    throw new Error(`no suite's path contains ${JSON.stringify(only)}: ${all.join(", ")}`);
  const longest = LONGEST_FIRST.flatMap((part) => wanted.filter((file) => file.includes(part)));
  return [...new Set([...longest, ...wanted])];
}

/** Suites that stop or remove the webhook run alone, after the suites that can share a cluster. */
async function runChosen(
  files: readonly string[],
  given: { cluster: Access; stop: AbortSignal; log: (line: string) => void },
): Promise<SuitesTally> {
  const isAlone = (file: string): boolean => file.includes("/alone/");
  const shared = await runSuites({
    ...given,
    files: files.filter((file) => !isAlone(file)),
    atOnce: AT_ONCE,
  });
  const alone = await runSuites({ ...given, files: files.filter(isAlone), atOnce: 1 });
  return {
    passed: shared.passed + alone.passed,
    failed: shared.failed + alone.failed,
    skipped: shared.skipped + alone.skipped,
    failures: [...shared.failures, ...alone.failures],
  };
}

process.exitCode = await main(process.argv.slice(2));
