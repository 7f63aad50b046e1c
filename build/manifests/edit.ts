// Exact replacements in a text: a source that has changed so that one no longer fits is an error, not a silent loss.

/** What is replaced, as it stands in the source, and by what. */
export type Edit = readonly [from: string, to: string];

/** @throws where `from` is not in the text exactly once */
export function applyEdits(text: string, edits: readonly Edit[], path: string): string {
  return edits.reduce((edited, [from, to]) => {
    const count = edited.split(from).length - 1;
    if (count !== 1)
      throw new Error(`${path}: ${JSON.stringify(from)} stands there ${count} times, and must once`);
    return edited.replace(from, () => to);
  }, text);
}
