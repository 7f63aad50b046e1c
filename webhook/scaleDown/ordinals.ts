// Ordinals of a StatefulSet as spans: spec.replicas may be 2^31 - 1, so nothing here lists them one by one.

/** The ordinals start, start + 1, … (spec.ordinals.start, spec.replicas). */
export interface Span {
  readonly start: number;
  readonly replicas: number;
}

export const NO_SPANS: readonly Span[] = [];

const getEnd = ({ start, replicas }: Span): number => start + replicas;

/** The ordinals of `before` that `after` does not have: below it, above it, or all. */
export function findRemovedSpans(before: Span, after: Span): readonly Span[] {
  if (after.replicas === 0) return before.replicas === 0 ? NO_SPANS : [before];
  const below = buildSpan(before.start, Math.min(getEnd(before), after.start));
  const above = buildSpan(Math.max(before.start, getEnd(after)), getEnd(before));
  return [...below, ...above];
}

function buildSpan(start: number, end: number): Span[] {
  return end > start ? [{ start, replicas: end - start }] : [];
}

export const isInSpan = ({ start, replicas }: Span, ordinal: number): boolean =>
  ordinal >= start && ordinal < start + replicas;

export const includesOrdinal = (spans: readonly Span[], ordinal: number): boolean =>
  spans.some((span) => isInSpan(span, ordinal));

export const countOrdinals = (spans: readonly Span[]): number =>
  spans.reduce((sum, { replicas }) => sum + replicas, 0);

/** The highest ordinal, -1 if there is none. */
export const getHighestOrdinal = (span: Span): number => (span.replicas === 0 ? -1 : getEnd(span) - 1);

/** At most `most` ordinals, highest first: the order in which a StatefulSet removes its pods. */
export function listFromHighest(spans: readonly Span[], most: number): number[] {
  const found: number[] = [];
  for (const { start, replicas } of spans.toSorted((a, b) => b.start - a.start)) {
    for (let ordinal = start + replicas - 1; ordinal >= start && found.length < most; ordinal--) {
      found.push(ordinal);
    }
  }
  return found;
}

/**
 * The ordinal in a pod's name; null if it is not a pod of that set. As in stateful_set_utils.go,
 * getParentNameAndOrdinal.
 */
export function parseOrdinal(pod: string, set: string): number | null {
  if (!pod.startsWith(`${set}-`)) return null;
  const suffix = pod.slice(set.length + 1);
  return /^(0|[1-9][0-9]{0,9})$/.test(suffix) ? Number(suffix) : null;
}
