// Which branches of the engine's decisions the simulations have reached, by V8's block coverage: a branch that no fault
// and no schedule reaches is untested (P8 of docs/research/testing.md).
import { readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { fileURLToPath } from "node:url";

const ENGINE = new URL("../../init/engine/", import.meta.url).href;

/** Messages, not decisions: each one has its own test. */
const WORDS: readonly string[] = ["failure.ts", "message.ts", "reason.ts"];

/** Branches that a correct plan and a correct engine never reach, each by a text in it. */
const NEVER: readonly string[] = [
  "throw new Error",
  "invalid-plan",
  "its lock is",
  "no longer necessary",
  '"not-wanted"',
  // a later version of Rollcall; test/init/engine/mirror.test.ts has such a record
  "stored.isLater",
  "return stored.wrong",
  // only rings poll, and test/presets/ozone-om simulates those
  "async function poll<",
];

export interface Unseen {
  file: string;
  line: number;
  text: string;
}

export interface BranchCounter {
  /** how many branches were reached so far, and how many are known */
  progress(): Promise<{ seen: number; of: number }>;
  unseen(): Promise<Unseen[]>;
  stop(): void;
}

/** Starts counting; must be called before the engine is imported. */
export async function countBranches(): Promise<BranchCounter> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const files = new Map<string, FileCoverage>();
  // each reading resets V8's counts
  const read = async (): Promise<void> => {
    const { result } = await session.post("Profiler.takePreciseCoverage");
    for (const { url, functions } of result) {
      if (!url.startsWith(ENGINE) || WORDS.some((file) => url.endsWith(`/${file}`))) continue;
      const file = files.get(url) ?? new FileCoverage(url);
      files.set(url, file);
      file.add(functions.flatMap(({ ranges }) => ranges));
    }
  };
  return {
    progress: async () => {
      await read();
      const branches = [...files.values()].flatMap((file) => file.branches());
      return { seen: branches.filter(({ isSeen }) => isSeen).length, of: branches.length };
    },
    unseen: async () => {
      await read();
      return [...files.values()].flatMap((file) => file.unseen());
    },
    stop: () => session.disconnect(),
  };
}

interface Range {
  startOffset: number;
  endOffset: number;
  count: number;
}

interface Branch {
  file: string;
  line: number;
  text: string;
  isSeen: boolean;
}

/** Which parts of one source file ran, accumulated over several readings of V8's counts. */
class FileCoverage {
  readonly #path: string;
  readonly #source: string;
  /** 1 for each character that ran */
  readonly #ran: Uint8Array;
  /** the start and end of each block, by "begin-end" */
  readonly #blocks = new Map<string, Range>();

  constructor(url: string) {
    this.#path = fileURLToPath(url);
    this.#source = readFileSync(this.#path, "utf8");
    this.#ran = new Uint8Array(this.#source.length);
  }

  /** @param ranges outer ones first, as V8 reports them: an inner range replaces a part of the outer one */
  add(ranges: readonly Range[]): void {
    const now = new Uint8Array(this.#ran.length);
    for (const range of ranges) {
      now.fill(range.count > 0 ? 1 : 0, range.startOffset, range.endOffset);
      this.#blocks.set(`${range.startOffset}-${range.endOffset}`, range);
    }
    for (const [at, ran] of now.entries()) if (ran === 1) this.#ran[at] = 1;
  }

  branches(): Branch[] {
    return (
      [...this.#blocks.values()]
        .map(({ startOffset, endOffset }) => ({
          whole: this.#source.slice(startOffset, endOffset).trim(),
          line: this.#source.slice(0, startOffset).split("\n").length,
          isSeen: this.#ran[startOffset] === 1,
        }))
        // a closing brace, or a default that only the types require, is not a decision
        .filter(
          ({ whole, isSeen }) =>
            isSeen ||
            (whole.length > 2 &&
              !whole.startsWith("??") &&
              whole !== ": undefined" &&
              !NEVER.some((word) => whole.includes(word))),
        )
        .map(({ whole, line, isSeen }) => ({
          file: this.#path.slice(fileURLToPath(ENGINE).length),
          line,
          text: (whole.split("\n")[0] ?? "").slice(0, 100),
          isSeen,
        }))
    );
  }

  unseen(): Unseen[] {
    return this.branches().filter(({ isSeen }) => !isSeen);
  }
}
