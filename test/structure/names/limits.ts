// How many findings of each kind there may be: 0 in the end. A limit is lowered when names are mended, and never raised.
import type { Figure } from "./figures.ts";
import type { Part } from "./sources.ts";

export const LIMITS: Readonly<Record<Figure, Readonly<Record<Part, number>>>> = {
  namedOf: { product: 0, test: 188 },
  exportedTwice: { product: 0, test: 71 },
  noVerb: { product: 0, test: 221 },
  participles: { product: 0, test: 65 },
  noPredicate: { product: 0, test: 4 },
  misnamedFiles: { product: 0, test: 26 },
  brokenReferences: { product: 0, test: 0 },
};
