// `npm run demo`: the main features end to end, on this checkout's cluster if it is up, else embedded, in seconds.
import { type Cluster, findReadyCluster } from "../e2e/cluster/provider.ts";
import { parseOptions } from "../parseOptions.ts";
import { demonstrateEmbedded } from "./demonstrateEmbedded.ts";
import { demonstrateOnCluster } from "./demonstrateOnCluster.ts";
import { tryDemonstration } from "./observed.ts";

const HELP = `npm run demo [-- --cluster | --embedded] [--keep]
Shows the main features, on this checkout's cluster if it is up, else on this machine alone.

  --cluster   on a cluster; starts one if none is up (many minutes the first time)
  --embedded  on this machine alone, even if a cluster is up
  --keep      keep everything on the cluster and print how to use and remove it
`;

const OPTIONS = {
  cluster: { type: "boolean", default: false },
  embedded: { type: "boolean", default: false },
  keep: { type: "boolean", default: false },
} as const;

async function main(words: readonly string[]): Promise<number> {
  const options = parseOptions("demo", HELP, OPTIONS, words);
  if (typeof options === "number") return options;
  if (options.cluster && options.embedded) {
    console.error(`demo: --cluster or --embedded, not both\n\n${HELP}`);
    return 2;
  }
  const ready: Cluster | null = options.embedded ? null : await findReadyCluster();
  const live = options.cluster || ready !== null;
  return (await tryDemonstration(() =>
    live ? demonstrateOnCluster(ready, options.keep) : demonstrateEmbedded(),
  ))
    ? 0
    : 1;
}

process.exitCode = await main(process.argv.slice(2));
