// What each suite with the chart begins with.
import { removeRelease } from "./removeRelease.ts";
import { makeSmall, openTerminal, type Terminal, type TerminalInput } from "./terminal.ts";

/** Removes what an earlier suite has left, and opens a terminal with values for a small cluster. */
export async function beginRelease(input: TerminalInput): Promise<Terminal> {
  await removeRelease(input.access);
  const terminal = await openTerminal(input);
  await terminal.editValues(makeSmall);
  return terminal;
}
