// How many findings of each kind there may be: 0 in the end. A limit is lowered when names are mended, and never raised.
import type { Figure } from "./figures.ts";
import type { Part } from "./sources.ts";

export const LIMITS: Readonly<Record<Figure, Readonly<Record<Part, number>>>> = {
  namedOf: { product: 240, test: 183 },
  exportedTwice: { product: 46, test: 90 },
  noVerb: { product: 310, test: 221 },
  participles: { product: 101, test: 65 },
  noPredicate: { product: 2, test: 4 },
  misnamedFiles: { product: 63, test: 26 },
  brokenReferences: { product: 217, test: 53 },
};
