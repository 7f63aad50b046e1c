// A refusal before the whole request has come. A socket that is closed with something unread in it is reset, and the
// reset takes the answer with it: so the rest is read and thrown away for a while.
import type { IncomingMessage, ServerResponse } from "node:http";

const LINGER_MS = 5_000;
const LINGER_BYTES = 64 * 1024 * 1024;

/** Writes the whole answer, which its content-length ends, and closes the connection once the rest has come. */
export function respondEarly(incoming: IncomingMessage, outgoing: ServerResponse, body: string): void {
  outgoing.write(body);
  let left = LINGER_BYTES;
  const end = (): void => {
    clearTimeout(timer);
    outgoing.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  incoming.once("end", end).once("close", end);
  incoming.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) end();
  });
  incoming.resume();
}
