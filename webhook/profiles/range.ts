// The numbers of a profile: base..max, of which each StatefulSet reserves base..base+size-1.
import * as z from "zod";

/** The largest number that a profile may give out: more than any StatefulSet has pods. */
const LARGEST = 1_000_000_000;

const number = z.int().min(0).max(LARGEST);

export const numbers = {
  base: number.describe("The number of ordinal 0"),
  max: number.describe("The largest number that is given out"),
  pool: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .describe(
      "A name, cluster-wide: StatefulSets whose numbers must differ share one, each with a profile of its own",
    ),
  size: z
    .int()
    .min(1)
    .max(LARGEST)
    .optional()
    .describe("How many numbers a StatefulSet reserves, base to base+size-1; default: up to max"),
};

interface WrittenRange {
  base: number;
  max: number;
  pool?: string | undefined;
  size?: number | undefined;
}

export interface NumberRange {
  readonly base: number;
  readonly max: number;
  /** null: every StatefulSet is its own */
  readonly pool: string | null;
  /** how many numbers a StatefulSet has, from base on */
  readonly size: number;
  /** size as it is written; null: it is what max leaves */
  readonly writtenSize?: number | null;
  /** all pods have the one number, whatever their ordinals: it is somebody else's */
  readonly shared?: boolean;
}

/** The numbers that a StatefulSet of a profile reserves. */
export function compileRange({ base, max, pool, size }: WrittenRange): NumberRange {
  return { base, max, pool: pool ?? null, size: size ?? max - base + 1, writtenSize: size ?? null };
}

/** What is wrong with written numbers, and below which of their keys. */
export function findRangeFault({
  base,
  max,
  size,
}: WrittenRange): { path: string[]; message: string } | null {
  if (base > max) return { path: [], message: `base ${base} is above max ${max}: no pod could get a number` };
  if (size === undefined || base + size - 1 <= max) return null;
  const message = `base ${base} and size ${size} reach ${base + size - 1}, above max ${max}`;
  return { path: ["size"], message };
}

/** Whether two StatefulSets of these ranges could ever have a number in common. */
export function overlaps(a: NumberRange, b: NumberRange): boolean {
  return a.pool !== null && a.pool === b.pool && a.base < b.base + b.size && b.base < a.base + a.size;
}
