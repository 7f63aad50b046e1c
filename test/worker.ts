// One of the processes of `npm test`: runs the files that it is sent, one after the other, until nobody sends any more.
import { MOCHA, mustEnd, tallyOf } from "./mocha.ts";
import { seedProperties } from "./seed.ts";
import type { Done } from "./workers.ts";

seedProperties(process.env["ROLLCALL_SEED"], () => undefined);
const write = process.stdout.write.bind(process.stdout);

process.on("message", (file: string) => {
  void runOne(file).then((done) => process.send?.(done));
});
process.once("disconnect", mustEnd);

async function runOne(file: string): Promise<Done> {
  const output: string[] = [];
  process.stdout.write = (chunk: string | Uint8Array) => output.push(String(chunk)) > 0;
  try {
    return { tally: await tallyOf([file], MOCHA), output: output.join("") };
  } catch (error) {
    const why = error instanceof Error ? error.stack : String(error);
    const failure = `${file} cannot be loaded: ${why}`;
    const tally = { passed: 0, failed: 1, failures: [failure], skipped: [] };
    return { tally, output: `${output.join("")}${failure}\n` };
  } finally {
    process.stdout.write = write;
  }
}
