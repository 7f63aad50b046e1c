// Shows that the simulation can fail: takes one safeguard at a time out of a copy of the engine and plays what
// `npm test` plays. By hand, some minutes: node test/sim/mutants.ts [WORD: only those whose name holds it]
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

interface Mutant {
  without: string;
  file: string;
  from: string;
  to: string;
}

const MUTANTS: readonly Mutant[] = [
  {
    without: "the fsync of the marker's folder",
    file: "stores/pvc.ts",
    from: "await files.rename(temporary, path);\n        await files.syncFolder(home);",
    to: "await files.rename(temporary, path);",
  },
  {
    without: "the read-back in S3",
    file: "stores/s3.ts",
    from: 'const there = await look();\n    if (there.is === "failed")',
    to: 'if (put.is !== "stored") return { why, again: false };\n    return { why: null, again: false };\n    const there = await look();\n    if (there.is === "failed")',
  },
  {
    without: "the fence check",
    file: "record/book.ts",
    from: "if (fence !== null && record.fence > fence)",
    to: "if (fence !== null && record.fence > fence && Date.now() < 0)",
  },
  {
    without: "verify",
    file: "step.ts",
    from: 'if (verified.is === "exited" && verified.code === 0) {',
    to: "if (ranWell) {",
  },
  {
    without: "the re-reading of the record under the lock",
    file: "release/work.ts",
    from: "isDeepStrictEqual(progressOf(record, plan, step), seen)",
    to: "isDeepStrictEqual(seen, seen)",
  },
  {
    without: "the question whether a run that was cut off had come to its end",
    file: "release/work.ts",
    from: 'progress.state === "none" ? null :',
    to: 'progress.state !== "done" ? null :',
  },
  {
    without: "the watch over renewals",
    file: "lock/hold.ts",
    from: "if (left <= 0) giveUp(",
    to: "if (left <= -1e9) giveUp(",
  },
  {
    without: "the time of the answer, instead of the question, for an unchanged lock",
    file: "lock/acquire.ts",
    from: "since: world.monotonic() };\n  const left",
    to: "since: began };\n  const left",
  },
  {
    without: "the age of a lock",
    file: "lock/acquire.ts",
    from: "if (left <= 0) {",
    to: "if (left <= 60_000) {",
  },
  {
    without: "the revision check",
    file: "release/revision.ts",
    from: "return status.updateRevision === revision",
    to: 'return status.updateRevision !== ""',
  },
];

/** What the simulation says is broken; null: all holds. */
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
