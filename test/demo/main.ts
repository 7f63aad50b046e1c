// `npm run demo`: the main job, end to end; on a cluster of ours where one is up, else embedded, in seconds.
import { parseArgs } from "node:util";
import { type Cluster, readyCluster } from "../e2e/cluster/provider.ts";
import { embedded } from "./embedded.ts";
import { demonstrate } from "./observed.ts";
import { onCluster } from "./onCluster.ts";

const HELP = `npm run demo [-- --cluster | --embedded] [--keep]
Shows the main job: on a cluster of ours where one is up, else on this machine alone.

  --cluster   on a cluster; starts one where none is up (the first time that takes many minutes)
  --embedded  on this machine alone, also where a cluster of ours is up
  --keep      leave everything on the cluster and say how to use and remove it
`;

function readOptions(words: readonly string[]) {
  const options = {
    cluster: { type: "boolean", default: false },
    embedded: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  } as const;
  try {
    return parseArgs({ args: [...words], options }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function main(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (typeof options === "string") {
    console.error(`demo: ${options}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  if (options.cluster && options.embedded) {
    console.error(`demo: --cluster or --embedded, not both\n\n${HELP}`);
    return 2;
  }
  const ready: Cluster | null = options.embedded ? null : await readyCluster();
  const live = options.cluster || ready !== null;
  return (await demonstrate(() => (live ? onCluster(ready, options.keep) : embedded()))) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
