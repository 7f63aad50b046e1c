// A worker process of `npm test`: runs the files that it receives, one after the other, until its parent disconnects or
// stops it.
import { MOCHA, mustEnd, runFiles } from "./mocha.ts";
import { seedProperties } from "./seedProperties.ts";
import type { FileResult, WorkerOrder } from "./workers.ts";

seedProperties(process.env["ROLLCALL_SEED"], () => undefined);
const write = process.stdout.write.bind(process.stdout);
const stop = new AbortController();

// Ctrl+C reaches the whole process group, but the parent decides when a worker ends
for (const name of ["SIGINT", "SIGHUP"] as const) process.on(name, () => undefined);
process.on("message", (order: WorkerOrder) => {
  if ("stop" in order) stop.abort();
  else void runOne(order.file).then((result) => process.send?.(result));
});
process.once("disconnect", mustEnd);

async function runOne(file: string): Promise<FileResult> {
  const output: string[] = [];
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  process.stdout.write = (chunk: string | Uint8Array) => output.push(String(chunk)) > 0;
  try {
    const tally = await runFiles([file], MOCHA, { stop: stop.signal });
    return { tally, output: output.join(""), seconds: seconds() };
  } catch (error) {
    const why = error instanceof Error ? error.stack : String(error);
    const failure = `${file} cannot be loaded: ${why}`;
    const tally = { passed: 0, failed: 1, failures: [failure], skipped: [] };
    return { tally, output: `${output.join("")}${failure}\n`, seconds: seconds() };
  } finally {
    process.stdout.write = write;
  }
}
