// Bounds names and lists in messages: those that a pod's author writes may be as long as a whole request.

const MOST_NAMES = 10;
const LONGEST_NAME = 63;

/** "a, b, c and 4 more". @param none the text for an empty list */
export function listNames(names: readonly string[], none = "none"): string {
  if (names.length === 0) return none;
  const shown = names.slice(0, MOST_NAMES).map((name) => shorten(name));
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}

/** A text, cut with "..." if it is longer than a name may be. @param most characters */
export function shorten(text: string, most = LONGEST_NAME): string {
  return text.length > most ? `${text.slice(0, most)}...` : text;
}
