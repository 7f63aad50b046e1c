// `npm run names`: figures on names and references, product and tests apart.
//   npm run names -- --list            with all findings
//   npm run names -- --list PART       only findings whose path or text contains PART
//   npm run names -- -o json           the same as one JSON document
//   npm run names -- --root FOLDER     of another checkout, which needs its node_modules
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { countByPart, FIGURES, type Figure, measureNames } from "./figures.ts";
import { LIMITS } from "./limits.ts";
import type { Finding } from "./sources.ts";

const { values, positionals } = parseArgs({
  options: {
    list: { type: "boolean", default: false },
    output: { type: "string", short: "o", default: "text" },
    root: { type: "string", default: join(import.meta.dirname, "../../..") },
  },
  allowPositionals: true,
});

const root = resolve(values.root);
const { findings, functions, exportedFunctions, types } = await measureNames(root);
const words = (await readFile(join(root, "README.md"), "utf8")).split(/\s+/).filter(Boolean).length;
const isWanted = ({ file, text }: Finding): boolean =>
  positionals.every((part) => file.includes(part) || text.includes(part));

if (values.output === "json")
  console.log(JSON.stringify({ findings, functions, exportedFunctions, types, readmeWords: words }, null, 2));
else {
  const row = (text: string, product: string | number, test: string | number, limit = ""): void =>
    console.log(
      `${text.padEnd(46)}${String(product).padStart(8)}${String(test).padStart(8)}  ${limit}`.trimEnd(),
    );
  row("", "product", "test", "limits");
  for (const figure of Object.keys(FIGURES) as Figure[]) {
    const { product, test } = countByPart(findings[figure]);
    row(FIGURES[figure], product, test, `${LIMITS[figure].product} ${LIMITS[figure].test}`);
    if (values.list)
      for (const found of findings[figure].filter(isWanted))
        console.log(`  ${found.file}:${found.line} ${found.text}`);
  }
  row("functions", functions.product, functions.test);
  row("exported functions", exportedFunctions.product, exportedFunctions.test);
  row("types", types.product, types.test);
  row("words of README.md", words, "");
}
