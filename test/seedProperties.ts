// One seed for all property tests of a run, printed at its start: ROLLCALL_SEED=N replays it.
import { randomInt } from "node:crypto";
import fc from "fast-check";

/** fast-check takes signed 32-bit numbers. */
const LARGEST = 2 ** 31 - 1;

/**
 * @param asked the seed of an earlier run, as text; undefined for a new one
 * @returns the seed that is used
 */
export function seedProperties(
  asked: string | undefined,
  print: (line: string) => void = console.log,
): number {
  const seed = asked === undefined ? randomInt(LARGEST) : Number(asked);
  if (!Number.isInteger(seed) || Math.abs(seed) > LARGEST) {
    console.error(`ROLLCALL_SEED takes a whole number of 32 bits, not ${JSON.stringify(asked)}`);
    process.exit(2);
  }
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
  print(`fast-check seed ${seed}`);
  return seed;
}
