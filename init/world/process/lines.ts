// Child output as lines that are safe to print: bounded in length, control characters made visible, so that a
// step can neither fill the memory nor move the cursor of whoever reads the log.
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** Longer lines are cut into pieces of this many characters. */
const LONGEST_LINE = 4096;

/** Calls `onLine` for each line of a stream, also for the last one without a newline. */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string): void => {
    const lines = (rest + text).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(printable(line));
    while (rest.length > LONGEST_LINE) {
      onLine(printable(rest.slice(0, LONGEST_LINE)));
      rest = rest.slice(LONGEST_LINE);
    }
  };
  stream.on("data", (chunk: Buffer) => take(decoder.write(chunk)));
  stream.on("close", () => {
    take(decoder.end());
    if (rest !== "") onLine(printable(rest));
    rest = "";
  });
  // the other end is gone: what was read stays read
  stream.on("error", () => undefined);
}

/** Control characters (but tab) as \xNN. */
export function printable(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  return line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (char) => {
    return `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
