// `npm run demo`: the main job, end to end; on a cluster of ours where one is up, else embedded, in seconds.
import { type Cluster, findReadyCluster } from "../e2e/cluster/provider.ts";
import { parseOptions } from "../parseOptions.ts";
import { demonstrateEmbedded } from "./demonstrateEmbedded.ts";
import { demonstrateOnCluster } from "./demonstrateOnCluster.ts";
import { tryDemonstration } from "./observed.ts";

const HELP = `npm run demo [-- --cluster | --embedded] [--keep]
Shows the main job: on a cluster of ours where one is up, else on this machine alone.

  --cluster   on a cluster; starts one where none is up (the first time that takes many minutes)
  --embedded  on this machine alone, also where a cluster of ours is up
  --keep      leave everything on the cluster and say how to use and remove it
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
