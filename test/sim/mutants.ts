// Shows that the simulation can fail: removes one safeguard at a time from a copy of the engine and plays what `npm
// test` plays. To be run by hand, takes minutes: node test/sim/mutants.ts [WORD: only mutants whose name contains it]
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { MUTANTS } from "./mutantList.ts";

/** The violated property that the simulation reports; null if all hold. */
function brokenIn(cwd: string, words: readonly string[]): string | null {
  const { status, stdout } = spawnSync(process.execPath, ["test/sim/main.ts", ...words], {
    cwd,
    encoding: "utf8",
  });
  if (status === 0 || stdout.includes("P1 to P5 and P9 held")) return null;
  const line = stdout.split("\n").find((each) => each.startsWith("Error: ")) ?? "";
  return line.slice("Error: ".length);
}

const REPOSITORY = resolve(import.meta.dirname, "../..");
const [word = ""] = process.argv.slice(2);
const chosen = MUTANTS.filter(({ without }) => without.includes(word));
let survivors = 0;
for (const { without, file, from, to } of chosen) {
  const copy = await mkdtemp(join(tmpdir(), "rollcall-mutant-"));
  try {
    for (const each of ["init", "test/sim", "package.json"]) {
      await cp(join(REPOSITORY, each), join(copy, each), { recursive: true });
    }
    await symlink(join(REPOSITORY, "node_modules"), join(copy, "node_modules"));
    const path = join(copy, "init/engine", file);
    const source = await readFile(path, "utf8");
    if (!source.includes(from))
      throw new Error(`${file} has no ${JSON.stringify(from)}: follow its change here`);
    await writeFile(path, source.replace(from, to));
    const why = brokenIn(copy, []) ?? brokenIn(copy, ["--uncounted"]);
    if (why === null) survivors += 1;
    console.log(`${why === null ? "×" : "√"} without ${without}: ${why?.slice(0, 133) ?? "nothing fails"}`);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
console.log(`${chosen.length - survivors} of ${chosen.length} were found`);
process.exitCode = survivors === 0 && chosen.length > 0 ? 0 : 1;
