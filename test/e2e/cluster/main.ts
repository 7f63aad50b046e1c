// `npm run cluster`: arguments in, exit code out. The work is in provider.ts.
import { CLUSTER_HELP, parseRequest, type Request } from "./args.ts";
import { ClusterError } from "./failure.ts";
import { TEST_TOOL_NAMES } from "./image/pins.ts";
import * as provider from "./provider.ts";
import { clusterStatus, formatStatusTable } from "./status.ts";

const log = (line: string): void => console.error(line);

async function run(request: Extract<Request, { kind: "run" }>, signal: AbortSignal): Promise<void> {
  const options = { signal, log, ...(request.install ? { install: true } : {}) };
  switch (request.command) {
    case "up": {
      const { clientCertificate } = request;
      const { kubeconfig } = await provider.ensureCluster({ ...options, clientCertificate });
      console.log(`export KUBECONFIG=${kubeconfig}`);
      return;
    }
    case "down":
      log(
        (await provider.removeCluster(options))
          ? "the cluster of this checkout is gone"
          : "this checkout has no cluster",
      );
      return;
    case "image":
      console.log(await provider.prepareImage(options));
      return;
    case "tools": {
      const { operands } = request;
      const tools = TEST_TOOL_NAMES.filter((name) => operands.length === 0 || operands.includes(name));
      for (const name of tools) console.log(await provider.ensureTool(name, options));
      return;
    }
    case "load":
      await provider.load(request.operands[0] ?? "", options);
      log(`loaded ${request.operands[0]}`);
      return;
    case "status": {
      const status = await clusterStatus();
      console.log(request.json ? JSON.stringify(status, null, 2) : formatStatusTable(status));
      return;
    }
    default:
      unreachable(request.command);
  }
}

function unreachable(value: never): never {
  throw new Error(`not a command: ${String(value)}`);
}

/** Runs the request. SIGINT, SIGTERM and SIGHUP abort it: partial results are removed first. */
async function main(request: Request): Promise<number> {
  if (request.kind === "help") {
    console.log(CLUSTER_HELP);
    return 0;
  }
  if (request.kind === "usage") {
    console.error(`cluster: ${request.message}; see --help`);
    return 2;
  }
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) log(`${name}: stopping`);
      controller.abort();
    });
  }
  try {
    await run(request, controller.signal);
    return 0;
  } catch (error) {
    if (controller.signal.aborted) console.error("cluster: stopped by a signal");
    else if (error instanceof ClusterError) console.error(`cluster: ${error.message}`);
    else throw error;
    return 1;
  }
}

process.exitCode = await main(parseRequest(process.argv.slice(2)));
