// The context of the preset's steps: the two trees, OTOBO's console and Perl, and the log.
import type * as z from "zod";
import { LONGEST_TIMEOUT_S } from "../../../init/contract/plan.ts";
import { describeChildEnd } from "../../../init/engine/failure.ts";
import type { ChildEnd, RunChild } from "../../../init/engine/ports.ts";
import { createChildRunner } from "../../../init/world/child.ts";
import { SUPPRESS_EVENTS_ENV } from "../contract/settings.ts";
import { ANSWER } from "./probes/prelude.ts";

export type OtoboEnv = Readonly<Record<string, string | undefined>>;

/** null: done; otherwise one sentence for the log and the termination message. */
export type WhyNot = string | null;

export interface Otobo {
  /** the tree that OTOBO runs from */
  home: string;
  /** the tree in the image */
  next: string;
  env: OtoboEnv;
  say: (line: string) => void;
  stop: AbortSignal;
  /** runs a command of OTOBO's console, whose exit code is not reliable */
  console: (...words: readonly string[]) => Promise<ChildEnd>;
  /** runs a program with OTOBO's environment */
  start: (argv: readonly string[]) => Promise<ChildEnd>;
  /** runs one of Rollcall's probes in OTOBO's Perl */
  ask: <T>(probe: string, shape: z.ZodType<T>, ...words: readonly string[]) => Promise<ProbeAnswer<T>>;
  /** the same with limits, for a probe that reads what others have written */
  askWithin: <T>(
    limits: ProbeLimits,
    probe: string,
    shape: z.ZodType<T>,
    ...words: readonly string[]
  ) => Promise<ProbeAnswer<T>>;
  /** runs a program that prints lines until it is stopped */
  follow: (argv: readonly string[], onLine: (line: string) => void, abort: AbortSignal) => Promise<ChildEnd>;
  /** the argv of one of Rollcall's probes in OTOBO's Perl */
  buildProbe: (probe: string, ...words: readonly string[]) => readonly string[];
}

export interface ProbeLimits {
  seconds: number;
  /** address space */
  mebibytes: number;
}

export type ProbeAnswer<T> = { answer: T } | { why: string };

/**
 * The engine kills a step 5 s after stopping it. The step's children must end before that, or they would continue to
 * run.
 */
const FORCE_AFTER_MS = 3_000;

interface OtoboInput {
  home: string;
  next: string;
  env: OtoboEnv;
  stop: AbortSignal;
  say: (line: string) => void;
}

/** OTOBO in a pod, or in a test's folders. */
export function openOtobo({ home, next, env, stop, say }: OtoboInput): Otobo {
  const run = createChildRunner({
    // write no package event during the bootstrap (docs/research/otobo.md#package-event)
    env: { ...env, [SUPPRESS_EVENTS_ENV]: "1" },
    stop: new AbortController().signal,
    forceAfterMs: FORCE_AFTER_MS,
  });
  const startWithin = (
    argv: readonly string[],
    {
      onLine,
      timeoutSeconds,
      abort,
    }: { onLine: (line: string) => void; timeoutSeconds: number; abort: AbortSignal },
  ): ReturnType<RunChild> => run({ argv, timeoutSeconds, onLine, abort });
  const start = (argv: readonly string[], onLine: (line: string) => void = say): ReturnType<RunChild> =>
    // an abort sends SIGINT, because after SIGTERM a rebuild leaves its row behind
    // (docs/research/otobo.md#the-rebuild-lock)
    startWithin(argv, { onLine, timeoutSeconds: LONGEST_TIMEOUT_S, abort: stop });
  const buildProbe: Otobo["buildProbe"] = (probe, ...words) => {
    const folders = [home, `${home}/Kernel/cpan-lib`, `${home}/Custom`].flatMap((folder) => ["-I", folder]);
    return ["perl", ...folders, "-e", probe, ...words];
  };
  return {
    home,
    next,
    env,
    say,
    stop,
    console: (...words) => start([`${home}/bin/otobo.Console.pl`, ...words, "--no-ansi"]),
    start,
    ask: async (probe, shape, ...words) => {
      const lines: string[] = [];
      const end = await start(buildProbe(probe, ...words), (line) => lines.push(line));
      return parseProbeAnswer(lines, end, shape, say);
    },
    askWithin: async ({ seconds, mebibytes }, probe, shape, ...words) => {
      const lines: string[] = [];
      const argv = [...LIMITED, String(mebibytes * 1024), ...buildProbe(probe, ...words)];
      const end = await startWithin(argv, {
        onLine: (line) => lines.push(line),
        timeoutSeconds: seconds,
        abort: stop,
      });
      return parseProbeAnswer(lines, end, shape, say);
    },
    follow: (argv, onLine, abort) => startWithin(argv, { onLine, timeoutSeconds: LONGEST_TIMEOUT_S, abort }),
    buildProbe,
  };
}

/** How Perl's words begin where a process has taken the address space that it may have. */
export const OUT_OF_MEMORY = "Out of memory";

/** POSIX has no program for it, but each shell has this command. */
const LIMITED: readonly string[] = ["sh", "-c", 'ulimit -v "$1" && shift && exec "$@"', "sh"];

function parseProbeAnswer<T>(
  lines: readonly string[],
  end: ChildEnd,
  shape: z.ZodType<T>,
  say: (line: string) => void,
): ProbeAnswer<T> {
  const found = lines.findLast((line) => line.startsWith(ANSWER));
  const others = lines.filter((line) => line !== found && line.trim() !== "");
  for (const line of others) say(line);
  if (end.is !== "exited" || end.code !== 0 || found === undefined) {
    // after which Perl may complain about its own end
    const memory = others.find((line) => line.startsWith(OUT_OF_MEMORY));
    const words = memory ?? others.at(-1) ?? "it printed nothing";
    return { why: end.is === "exited" ? words : describeChildEnd("the probe", ["perl"], end) };
  }
  try {
    const read = shape.safeParse(JSON.parse(found.slice(ANSWER.length)));
    if (read.success) return { answer: read.data };
    const [first] = read.error.issues;
    return { why: `the probe's answer has no ${first?.path.join(".") ?? "shape"}: ${first?.message ?? ""}` };
  } catch {
    return { why: "the probe's answer is not JSON" };
  }
}

/** Describes how an OTOBO command ended; null for exit code 0. */
export function describeOtoboEnd(what: string, end: ChildEnd): WhyNot {
  return end.is === "exited" && end.code === 0 ? null : describeChildEnd("OTOBO's", [what], end);
}
