// At most so many connections, and no caller who keeps some open keeps others out: where there is one too many, the one
// goes that has waited longest for its own caller. None goes that waits for us, and one that has sent a whole request goes
// only where no other is left: an API server keeps idle connections, and a call that it writes on a closed one fails.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** 57 KiB each with TLS (measured); an API server keeps one for each review that it has sent at the same time. */
export const MOST_CONNECTIONS = 500;

/** Above it node itself refuses: all others are being answered. */
const SLACK = 50;

export interface Connections {
  /** tells that a request is there whole, and is ours to answer */
  working(incoming: IncomingMessage, outgoing: ServerResponse): void;
}

type Peer = Pick<Socket, "remoteAddress" | "remotePort">;

const keyOf = ({ remoteAddress, remotePort }: Peer): string => `${remoteAddress} ${remotePort}`;

export function limitConnections(server: Server, most = MOST_CONNECTIONS): Connections {
  server.maxConnections = most + SLACK;
  let open = 0;
  /** those that wait for their caller's first request, and for another one; the longest first */
  const unused = new Map<string, Socket>();
  const idle = new Map<string, Socket>();
  const sockets = new Map<string, Socket>();
  const forget = (key: string): void => {
    unused.delete(key);
    idle.delete(key);
  };
  server.on("connection", (socket: Socket) => {
    const key = keyOf(socket);
    open += 1;
    sockets.set(key, socket);
    socket.once("close", () => {
      open -= 1;
      sockets.delete(key);
      forget(key);
    });
    unused.set(key, socket);
    // the last of them is this one
    const [oldest] = unused.size > 1 || idle.size === 0 ? unused : idle;
    if (open <= most || oldest === undefined) return;
    forget(oldest[0]);
    oldest[1].destroy();
  });
  return {
    working: (incoming, outgoing) => {
      const key = keyOf(incoming.socket);
      forget(key);
      outgoing.once("close", () => {
        const socket = sockets.get(key);
        if (socket !== undefined) idle.set(key, socket);
      });
    },
  };
}
