// The part `docker` as a program: `npm run test:full -- --part docker` starts it.
import { ClusterError } from "../e2e/cluster/failure.ts";
import { abortOnSignal } from "../signal.ts";
import { runDockerPart } from "./docker.ts";

const log = (line: string): void => console.error(`docker: ${line}`);

async function main(): Promise<number> {
  const signal = abortOnSignal();
  try {
    const steps = await runDockerPart({ signal, log });
    return steps.every(({ code }) => code === 0) && !signal.aborted ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    log(error.message);
    return 1;
  }
}

process.exitCode = await main();
