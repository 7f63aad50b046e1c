// A benchmark subject for a reader of untrusted text: the text is put where the reader expects it, and read.
import type { Cost, Subject } from "./growth.ts";

/** A single reading takes less than the clock's resolution. */
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

/** A place for a text that the reader reads. */
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
      // no stretch is longer than the whole
      return { cpuMs, parseMs, stretchMs: Math.max(0, cpuMs - parseMs), outcome, isRefused };
    },
  };
}

/** The same for a program that serves no other requests in the meantime. */
export const withoutStretch = ({ name, work }: Subject): Subject => ({
  name,
  work: async (bytes) => ({ ...(await work(bytes)), stretchMs: null }),
});

/** CPU milliseconds of one call, measured over many. */
async function repeatedly(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let repeat = 0; repeat < REPEATS; repeat += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / REPEATS;
}

/** If a text is not JSON, only its beginning is parsed. */
function parse(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    // the reader reports that as well
  }
}

/** One subject per text, for one reader. */
export const buildSubjects = (
  what: string,
  texts: Readonly<Record<string, Text>>,
  place: ReaderPlace,
  read: ReadText,
): Subject[] =>
  Object.entries(texts).map(([name, make]) => measureReading(`${what}: ${name}`, make, place, read));
