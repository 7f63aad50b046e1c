// The maximum number of findings of each kind. A limit is never raised.
import type { Figure } from "./figures.ts";
import type { SourcePart } from "./sources.ts";

export const LIMITS: Readonly<Record<Figure, Readonly<Record<SourcePart, number>>>> = {
  namedOf: { product: 0, test: 0 },
  exportedTwice: { product: 0, test: 0 },
  noVerb: { product: 0, test: 0 },
  participles: { product: 0, test: 0 },
  noPredicate: { product: 0, test: 0 },
  misnamedFiles: { product: 0, test: 0 },
  brokenReferences: { product: 0, test: 0 },
};
