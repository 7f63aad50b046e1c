// `npm run structure`: how many modules the main code paths use, and which schemas are written twice.
//   npm run structure -- --list     with their names
//   npm run structure -- -o json    the same as one JSON document
import { parseArgs } from "node:util";
import { listModulesPassed } from "./listModulesPassed.ts";
import { SCENARIOS } from "./scenarios.ts";
import { describeDuplicate, findDuplicateSchemas, readSchemaSources } from "./schemas.ts";

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
const duplicates = findDuplicateSchemas(await readSchemaSources());
if (values.output === "json") console.log(JSON.stringify({ passed, duplicates }, null, 2));
else {
  for (const { name, most, modules } of passed) {
    console.log(`${name}: ${modules.length} modules${most === null ? "" : `, at most ${most} wanted`}`);
    if (values.list) for (const module of modules) console.log(`  ${module}`);
  }
  console.log(`schemas written twice: ${duplicates.length}, 0 wanted`);
  for (const duplicate of duplicates) console.log(`  ${describeDuplicate(duplicate)}`);
}
