// Finds commands of Ozone Managers in the commands of containers, hooks and probes, also within a shell script. A
// script in a mounted file cannot be read here.

/** How many words, such as options, may be between `om` and its subcommand or flag. */
const MOST_BETWEEN = 4;

/** The first of `names` that follows `om` as in `ozone admin om NAME`, or null. Takes time linear in the text. */
export function findOmCommand(command: readonly string[], names: ReadonlySet<string>): string | null {
  const words = command.join(" ").split(/[\s;&|()"'`]+/);
  let latest = Number.NEGATIVE_INFINITY;
  for (const [index, word] of words.entries()) {
    if (names.has(word) && index - latest <= MOST_BETWEEN + 1) return word;
    if (word === "om" || word.endsWith(".OzoneManagerStarter")) latest = index;
  }
  return null;
}

/** The first of `names` in `ozone [OPTION…] NAME`, or null. Takes time linear in the text. */
export function findOzoneCommand(command: readonly string[], names: ReadonlySet<string>): string | null {
  let isAfter = false;
  // `ozone && sh` are two commands, so that their separator stays a word
  for (const word of command.join(" ").split(/[\s()"'`]+/)) {
    if (isAfter && names.has(word)) return word;
    isAfter = word === "ozone" || word.endsWith("/ozone") || (isAfter && word.startsWith("-"));
  }
  return null;
}
