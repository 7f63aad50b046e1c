// Which branches of the engine's decisions a run of simulations has seen, by V8's own block coverage: a branch that
// no fault and no schedule ever reached is one that nothing was said about (facts/testing.md, P8).
import { readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { fileURLToPath } from "node:url";

const ENGINE = new URL("../../init/engine/", import.meta.url).href;

/** Words, not decisions: each sentence has a test of its own. */
const WORDS: readonly string[] = ["failure.ts", "message.ts", "reason.ts"];

/** Branches that a right plan and a right engine never take; each with a word in it that names it. */
const NEVER: readonly string[] = [
  "throw new Error",
  "bad-plan",
  "its lock is",
  "no longer wanted",
  '"not-wanted"',
];

export interface Unseen {
  file: string;
  line: number;
  text: string;
}

/** Begins to count; call it before the engine is imported. */
export async function countBranches(): Promise<{ unseen(): Promise<Unseen[]> }> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  return {
    unseen: async () => {
      const { result } = await session.post("Profiler.takePreciseCoverage");
      session.disconnect();
      return result
        .filter(({ url }) => url.startsWith(ENGINE) && !WORDS.some((file) => url.endsWith(`/${file}`)))
        .flatMap(({ url, functions }) =>
          unseenOf(
            url,
            functions.flatMap(({ ranges }) => ranges),
          ),
        );
    },
  };
}

interface Range {
  startOffset: number;
  endOffset: number;
  count: number;
}

function unseenOf(url: string, ranges: readonly Range[]): Unseen[] {
  const path = fileURLToPath(url);
  const source = readFileSync(path, "utf8");
  return (
    ranges
      .filter(({ count }) => count === 0)
      .map(({ startOffset, endOffset }) => {
        const text = source.slice(startOffset, endOffset).trim();
        const line = source.slice(0, startOffset).split("\n").length;
        return {
          file: path.slice(fileURLToPath(ENGINE).length),
          line,
          text: text.split("\n")[0] ?? "",
          whole: text,
        };
      })
      // a closing brace, or a default that only the types ask for, is no decision
      .filter(
        ({ whole }) =>
          whole.length > 2 &&
          !whole.startsWith("??") &&
          whole !== ": undefined" &&
          !NEVER.some((word) => whole.includes(word)),
      )
      .map(({ file, line, text }) => ({ file, line, text: text.slice(0, 100) }))
  );
}
