// The simulation of the runner: the real engine on a world of ours, with faults everywhere (docs/research/testing.md).
//   node test/sim/main.ts                what `npm test` plays, with the engine's branches counted
//   node test/sim/main.ts --uncounted    what `npm test -- --real` plays besides; nothing is counted, which is faster
//   node test/sim/main.ts --full         all of it, some hours of one core
//   node test/sim/main.ts --full --part WORD [--part WORD]   only parts whose name holds a WORD, so that cores can share it
//   node test/sim/main.ts --replay TEXT  replays one failure call by call
import { parseArgs } from "node:util";
import { type BranchCounter, countBranches } from "./coverage.ts";

const { values } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    uncounted: { type: "boolean", default: false },
    part: { type: "string", multiple: true, default: [] },
    replay: { type: "string" },
  },
});

// before the engine is loaded, since code that was compiled earlier is not counted; a part of the exploration need not
// reach all branches
const isCounted = values.replay === undefined && values.part.length === 0 && !values.uncounted;
const branches = isCounted ? await countBranches() : null;

async function describeProgress(counter: BranchCounter): Promise<string> {
  const { seen, of } = await counter.progress();
  return `, ${seen} of ${of} branches seen`;
}

async function main(): Promise<number> {
  if (values.replay !== undefined) {
    const { replay } = await import("./replay.ts");
    await replay(values.replay, console.log);
    console.log("it holds");
    return 0;
  }
  const { COUNTED, FULL, UNCOUNTED } = await import("./explore.ts");
  const quick = values.uncounted ? UNCOUNTED : COUNTED;
  const all = values.full ? FULL : quick;
  const wanted =
    values.part.length === 0
      ? all
      : all.filter(({ name }) => values.part.some((word) => name.includes(word)));
  if (wanted.length === 0) {
    console.log(
      `no part's name holds ${values.part.join(" or ")}: ${all.map(({ name }) => name).join("; ")}`,
    );
    return 1;
  }
  let total = 0;
  for (const { name, play } of wanted) {
    const began = performance.now();
    const count = await play();
    total += count;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const seen = branches === null ? "" : await describeProgress(branches);
    console.log(`${count} runs: ${name} (${seconds} s${seen})`);
  }
  if (branches === null) {
    console.log(`${total} runs of ${wanted.length} parts of ${all.length}, P1 to P5 and P9 held in each`);
    return 0;
  }
  const unseen = await branches.unseen();
  branches.stop();
  for (const { file, line, text } of unseen) {
    console.log(`never seen: init/engine/${file}:${line}: ${text}`);
  }
  console.log(
    `${total} runs, P1 to P5 and P9 held in each; ${unseen.length} branches of the engine never seen`,
  );
  return unseen.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  if (error instanceof Error && "replay" in error) {
    console.log(`replay it: node test/sim/main.ts --replay ${JSON.stringify(error.replay)}`);
  }
  process.exitCode = 1;
}
