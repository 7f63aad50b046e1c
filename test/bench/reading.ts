// A benchmark subject for a reader of foreign text: the text is put where the reader expects it, and read.
import type { Cost, Subject } from "./growth.ts";

/** One reading takes less than the clock's resolution. */
const REPEATS = 5;

export interface ReaderGroup {
  readonly sizes: readonly number[];
  readonly subjects: readonly Subject[];
}

export type Text = (bytes: number) => string;
/** Reads the prepared text once. @returns a description of the result */
export type ReadText = () => Promise<string> | string;

export const writeZeros: Text = (bytes) => `[${"0,".repeat(bytes / 2)}0]`;
export const writeNested: Text = (bytes) => "[".repeat(bytes / 2) + "]".repeat(bytes / 2);

/** A text that lies where the reader finds it. */
export interface ReaderPlace {
  put(text: string): Promise<void> | void;
}

function measureReading(name: string, make: Text, { put }: ReaderPlace, read: ReadText): Subject {
  return {
    name,
    work: async (bytes): Promise<Cost> => {
      const text = make(Math.floor(bytes));
      await put(text);
      const outcome = await read();
      const cpuMs = await repeatedly(read);
      const isRefused = outcome === "too long";
      const parseMs = isRefused ? 0 : await repeatedly(() => parse(text));
      // no stretch of it is longer than all of it
      return { cpuMs, parseMs, stretchMs: Math.max(0, cpuMs - parseMs), outcome, isRefused };
    },
  };
}

/** The same for a program that serves no other requests meanwhile. */
export const withoutStretch = ({ name, work }: Subject): Subject => ({
  name,
  work: async (bytes) => ({ ...(await work(bytes)), stretchMs: null }),
});

/** Milliseconds of CPU that one time of many takes. */
async function repeatedly(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let repeat = 0; repeat < REPEATS; repeat += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / REPEATS;
}

/** Of a text that is no JSON only the beginning is looked at. */
function parse(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    // the reader reports that as well
  }
}

/** A subject of each text, for one reader. */
export const buildSubjects = (
  what: string,
  texts: Readonly<Record<string, Text>>,
  place: ReaderPlace,
  read: ReadText,
): Subject[] =>
  Object.entries(texts).map(([name, make]) => measureReading(`${what}: ${name}`, make, place, read));
