// `npm run structure`: how many modules the main ways through the code pass.
//   npm run structure -- --list     with their names
//   npm run structure -- -o json    the same as one JSON document
import { parseArgs } from "node:util";
import { SCENARIOS } from "./scenarios.ts";
import { listModulesPassed } from "./trace.ts";

const { values } = parseArgs({
  options: {
    list: { type: "boolean", default: false },
    output: { type: "string", short: "o", default: "text" },
  },
});

const passed: { name: string; most: number | null; modules: string[] }[] = [];
for (const { name, most, open } of SCENARIOS) {
  const { work, close } = await open();
  try {
    passed.push({ name, most, modules: await listModulesPassed(work) });
  } finally {
    await close();
  }
}
if (values.output === "json") console.log(JSON.stringify(passed, null, 2));
else
  for (const { name, most, modules } of passed) {
    console.log(`${name}: ${modules.length} modules${most === null ? "" : `, at most ${most} wanted`}`);
    if (values.list) for (const module of modules) console.log(`  ${module}`);
  }
