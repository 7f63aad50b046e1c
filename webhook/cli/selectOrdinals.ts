// Parses `--ordinals 0,2` or `0-4`.
import { BadInput } from "./ending.ts";

const MAX_PODS = 10_000;

/** @returns the selected ordinals in ascending order; all of them without a selection */
export function selectOrdinals(
  selection: string | undefined,
  { start, replicas }: { start: number; replicas: number },
): number[] {
  if (selection === undefined) {
    if (replicas <= MAX_PODS) return Array.from({ length: replicas }, (_, index) => start + index);
    throw new BadInput(
      `the StatefulSet has ${replicas} replicas, more than the limit of ${MAX_PODS}: select some by --ordinals`,
    );
  }
  const selected = new Set(selection.split(",").flatMap(parseOrdinalRange));
  const missing = [...selected].filter((ordinal) => ordinal < start || ordinal >= start + replicas);
  if (missing.length > 0) {
    const existing = replicas === 0 ? "none" : `${start}-${start + replicas - 1}`;
    throw new BadInput(`--ordinals: the StatefulSet has no ordinal ${missing.join(", ")}, only ${existing}`);
  }
  return [...selected].sort((a, b) => a - b);
}

function parseOrdinalRange(text: string): number[] {
  const [, from, to] = /^\s*(\d{1,9})(?:-(\d{1,9}))?\s*$/.exec(text) ?? [];
  if (from === undefined)
    throw new BadInput(`--ordinals takes numbers and ranges such as 0,2 or 0-4, not ${JSON.stringify(text)}`);
  const last = Number(to ?? from);
  const length = last - Number(from) + 1;
  if (length < 1 || length > 10_000)
    throw new BadInput(`--ordinals: ${JSON.stringify(text)} is not a range of at most 10000 ordinals`);
  return Array.from({ length }, (_, index) => Number(from) + index);
}
