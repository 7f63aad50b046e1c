// `npm run test:full`: the tests that take too long for the gate, in parts; each run is recorded in docs/test-runs.md.
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ensureCluster, findReadyCluster, removeCluster } from "../e2e/cluster/provider.ts";
import { abortOnSignal } from "../signal.ts";
import { explainSkipped, type FullTestPart, PARTS } from "./parts.ts";
import { describeMachine, insertRun, readResult } from "./record.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RECORD = join(ROOT, "docs/test-runs.md");

const HELP = `npm run test:full -- [--part NAME]... [--list [-o json]] [--no-record]
Runs the tests that are too long for the gate, all or some parts, and writes each result to docs/test-runs.md.

  --part NAME   only this part; may be given several times
--list        list the parts, and why the gate omits them
  -o json       the list as one JSON document, for a matrix of machines
  --no-record   leave docs/test-runs.md as it is
`;

const OPTIONS = {
  part: { type: "string", multiple: true, default: [] as string[] },
  list: { type: "boolean", default: false },
  output: { type: "string", short: "o" },
  "no-record": { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

const log = (line: string): void => console.error(`test:full: ${line}`);

interface Outcome {
  part: FullTestPart;
  passed: boolean;
  result: string;
  seconds: number;
  /** the lines that name failures */
  failures: string[];
}

function listParts(json: boolean): void {
  const listed = PARTS.filter(isChosenUnnamed);
  if (json) console.log(JSON.stringify(listed.map(({ name }) => name)));
  else
    for (const { name, shows, reason, needed } of PARTS) {
      const needs = needed === undefined ? "" : `\n  needs ${needed.what}`;
      console.log(`${name}\n  ${shows}\n  not in the gate: ${reason}${needs}`);
    }
}

/** Whether a part runs if no part is named. */
const isChosenUnnamed = (part: FullTestPart): boolean =>
  part.onlyByName !== true && explainSkipped(part, process.env) === null;

/** Says which parts do not run because something is missing. */
function printSkipped(): void {
  for (const part of PARTS) {
    const missing = explainSkipped(part, process.env);
    if (missing !== null && part.onlyByName !== true) log(`SKIPPED ${part.name}: needs ${missing}`);
  }
}

/** @throws if a name is not that of a part, or the part cannot run here */
function choose(names: readonly string[]): readonly FullTestPart[] {
  const unknown = names.find((name) => !PARTS.some((part) => part.name === name));
  if (unknown !== undefined)
    throw new Error(`no part is named ${unknown}: there are ${PARTS.map(({ name }) => name).join(", ")}`);
  if (names.length === 0) {
    printSkipped();
    return PARTS.filter(isChosenUnnamed);
  }
  const named = PARTS.filter(({ name }) => names.includes(name));
  for (const part of named) {
    const missing = explainSkipped(part, process.env);
    if (missing !== null) throw new Error(`SKIPPED ${part.name}: needs ${missing}`);
  }
  return named;
}

async function runPart(part: FullTestPart, stop: AbortSignal): Promise<Outcome> {
  const began = performance.now();
  const env = { ...process.env, ROLLCALL_STRICT: "1", ...part.env };
  const child = spawn(process.execPath, part.argv, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  const end = (): void => void child.kill("SIGTERM");
  stop.addEventListener("abort", end, { once: true });
  let output = "";
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    from.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      to.write(chunk);
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  stop.removeEventListener("abort", end);
  const counted = readResult(output);
  const ended = code === 0 ? "" : `exit ${code}`;
  const failures = output.split("\n").filter((line) => /\bFAILED \S/.test(line));
  return {
    part,
    passed: code === 0,
    result: stop.aborted ? "interrupted" : [counted, ended].filter(Boolean).join(", ") || "passed",
    seconds: (performance.now() - began) / 1000,
    failures,
  };
}

/** The tested commit; docs/test-runs.md, which this program writes, may differ. */
function describeCommit(): string {
  const git = (...words: string[]): string =>
    execFileSync("git", words, { cwd: ROOT, encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--", ".", ":!docs/test-runs.md");
  return git("rev-parse", "--short", "HEAD") + (changed === "" ? "" : "+");
}

function record({ part, result, seconds }: Outcome, commit: string): void {
  const run = { part: part.name, commit, date: new Date(), machine: describeMachine(), result, seconds };
  writeFileSync(RECORD, insertRun(readFileSync(RECORD, "utf8"), run));
}

interface RunInput {
  parts: readonly FullTestPart[];
  isRecorded: boolean;
  stop: AbortSignal;
}

async function runAll({ parts, isRecorded, stop }: RunInput): Promise<Outcome[]> {
  const commit = describeCommit();
  const outcomes: Outcome[] = [];
  let started = false;
  try {
    for (const part of parts) {
      if (stop.aborted) break;
      if (part.cluster === true) started = (await startCluster(stop)) || started;
      log(`part ${part.name}: ${part.shows}`);
      const outcome = await runPart(part, stop);
      outcomes.push(outcome);
      if (isRecorded && !stop.aborted) record(outcome, commit);
    }
  } finally {
    if (started) await removeCluster({ log });
  }
  return outcomes;
}

/** @returns whether it was started now, and must be removed */
async function startCluster(signal: AbortSignal): Promise<boolean> {
  if ((await findReadyCluster()) !== null) return false;
  await ensureCluster({ log, signal, install: process.env["ROLLCALL_INSTALL"] === "1" });
  return true;
}

/** Prints the outcomes, including failures, and the summary line; returns the exit code. */
function summarize(outcomes: readonly Outcome[], wanted: number): number {
  for (const { part, result, seconds, failures } of outcomes) {
    log(`${part.name}: ${result} (${Math.round(seconds)} s)`);
    for (const failure of failures) log(`  ${failure}`);
  }
  const failed = outcomes.filter(({ passed }) => !passed).length;
  console.log(`parts: ${outcomes.length - failed} passed, ${failed} failed`);
  return failed === 0 && outcomes.length === wanted ? 0 : 1;
}

type Request =
  | { kind: "help" }
  | { kind: "list"; json: boolean }
  | { kind: "run"; input: Omit<RunInput, "stop"> };

/** @throws if the arguments are invalid */
function parseRequest(args: string[]): Request {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) return { kind: "help" };
  if (values.output !== undefined && (values.output !== "json" || !values.list))
    throw new Error("-o takes json, and goes with --list");
  if (values.list) return { kind: "list", json: values.output === "json" };
  return { kind: "run", input: { parts: choose(values.part), isRecorded: !values["no-record"] } };
}

async function main(words: string[]): Promise<number> {
  let request: Request;
  try {
    request = parseRequest(words);
  } catch (error) {
    console.error(`test:full: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  switch (request.kind) {
    case "help":
      console.log(HELP);
      return 0;
    case "list":
      listParts(request.json);
      return 0;
    case "run":
      return summarize(await runAll({ ...request.input, stop: abortOnSignal() }), request.input.parts.length);
  }
}

process.exitCode = await main(process.argv.slice(2));
