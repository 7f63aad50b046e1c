// `--ordinals 0,2` or `0-4`: a choice among a StatefulSet's ordinals.
import { BadInput } from "./ending.ts";

/** Pods that are shown at once. */
const MOST = 10_000;

/** The ordinals asked for, in order; all of them where nothing was asked. */
export function selectOrdinals(
  asked: string | undefined,
  { start, replicas }: { start: number; replicas: number },
): number[] {
  if (asked === undefined) {
    if (replicas <= MOST) return Array.from({ length: replicas }, (_, index) => start + index);
    throw new BadInput(
      `the StatefulSet has ${replicas} replicas, more than ${MOST} at once: choose some with --ordinals`,
    );
  }
  const wanted = new Set(asked.split(",").flatMap(parseOrdinalRange));
  const strangers = [...wanted].filter((ordinal) => ordinal < start || ordinal >= start + replicas);
  if (strangers.length > 0) {
    const there = replicas === 0 ? "none" : `${start}-${start + replicas - 1}`;
    throw new BadInput(`--ordinals: the StatefulSet has no ordinal ${strangers.join(", ")}, only ${there}`);
  }
  return [...wanted].sort((a, b) => a - b);
}

function parseOrdinalRange(text: string): number[] {
  const [, from, to] = /^\s*(\d{1,9})(?:-(\d{1,9}))?\s*$/.exec(text) ?? [];
  if (from === undefined)
    throw new BadInput(`--ordinals takes numbers and ranges such as 0,2 or 0-4, not ${JSON.stringify(text)}`);
  const last = Number(to ?? from);
  const length = last - Number(from) + 1;
  if (length < 1 || length > 10_000)
    throw new BadInput(`--ordinals: ${JSON.stringify(text)} is no range of at most 10000`);
  return Array.from({ length }, (_, index) => Number(from) + index);
}
