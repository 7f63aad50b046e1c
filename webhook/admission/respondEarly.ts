// Rejects a request before all of it has arrived. If a socket is closed while it holds unread data, the kernel resets the
// connection, and the client loses the response. So the rest is read and discarded, up to a limit.
import type { IncomingMessage, ServerResponse } from "node:http";

const LINGER_MS = 5_000;
const LINGER_BYTES = 64 * 1024 * 1024;

/** Writes the whole response, and ends it once the rest of the request has arrived. */
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
