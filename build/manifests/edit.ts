// Exact replacements in a text. If the source has changed so that one no longer fits, that is an error, not a silent
// loss.

/** The exact text in the source, and its replacement. */
export type Edit = readonly [from: string, to: string];

/** @throws if `from` does not occur exactly once in the text */
export function applyEdits(text: string, edits: readonly Edit[], path: string): string {
  return edits.reduce((edited, [from, to]) => {
    const count = edited.split(from).length - 1;
    if (count !== 1)
      throw new Error(`${path}: ${JSON.stringify(from)} stands there ${count} times, and must once`);
    return edited.replace(from, () => to);
  }, text);
}
