// What reports write to a terminal: colours, and text of others without control characters.

/** Colours a verdict by its mark. */
export type Paint = (mark: "√" | "‼" | "×", text: string) => string;

const PLAIN: Paint = (_, text) => text;
const COLOURS = { "√": 32, "‼": 33, "×": 31 } as const;

/** Colours are for terminals, and any non-empty NO_COLOR disables them. */
export const choosePaint = (isTerminal: boolean, noColor: string | undefined): Paint =>
  isTerminal && !noColor ? (mark, text) => `\u001b[${COLOURS[mark]}m${text}\u001b[0m` : PLAIN;

/** Removes control characters: text from a file or a cluster must not control the terminal. */
export const removeControls = (text: string): string => text.replaceAll(/[^\P{Cc}\n]/gu, " ");
