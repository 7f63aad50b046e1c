// Splits the body of a watch into lines while it arrives; each line has a maximum length.
import { ByteCollector } from "./listItems.ts";

const LINE_FEED = 0x0a;

/**
 * @param most bytes of a line
 * @throws if a line is longer, or the body ends within a line
 */
export async function* readLines(
  bytes: AsyncIterable<unknown>,
  most: number,
): AsyncGenerator<string, void, undefined> {
  let line = new ByteCollector(most, "a line");
  let isWithin = false;
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      line.add(chunk.subarray(from, at));
      const text = line.text();
      line = new ByteCollector(most, "a line");
      from = at + 1;
      if (text.trim() !== "") yield text;
    }
    line.add(chunk.subarray(from));
    isWithin = from < chunk.length || (isWithin && from === 0);
  }
  if (isWithin) throw new Error("it ended in the middle of a line");
}
