// `npm run images`: bundles the programs, then builds both images (README.md in this folder).
import { join } from "node:path";
import { buildImages } from "./build.ts";
import { runProcess } from "./command.ts";
import { chooseEngine } from "./engine.ts";
import { readOptions, USAGE } from "./options.ts";
import { ROOT, readOwnVersion } from "./pins.ts";
import { runMain } from "./problem.ts";

async function main(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (options === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  // before the long work, so that --push without an engine fails at once
  const engine = await chooseEngine(options);
  await runProcess([process.execPath, join(ROOT, "build/bundle.ts")]);
  const log = (line: string): void => console.error(line);
  await buildImages({ options, engine, version: await readOwnVersion(), bundles: join(ROOT, "dist"), log });
  return 0;
}

await runMain(main);
