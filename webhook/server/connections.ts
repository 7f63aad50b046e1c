// At most so many connections, and no caller who keeps some open keeps others out: where there is one too many, the one
// goes that has waited longest for its own caller. None goes that waits for us.
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
  /** those that wait for their caller, the longest first */
  const waiting = new Map<string, Socket>();
  const sockets = new Map<string, Socket>();
  const wait = (key: string): void => {
    const socket = sockets.get(key);
    waiting.delete(key);
    if (socket !== undefined) waiting.set(key, socket);
  };
  server.on("connection", (socket: Socket) => {
    const key = keyOf(socket);
    open += 1;
    sockets.set(key, socket);
    socket.once("close", () => {
      open -= 1;
      sockets.delete(key);
      waiting.delete(key);
    });
    wait(key);
    const [oldest] = waiting;
    if (open <= most || oldest === undefined) return;
    waiting.delete(oldest[0]);
    oldest[1].destroy();
  });
  return {
    working: (incoming, outgoing) => {
      const key = keyOf(incoming.socket);
      waiting.delete(key);
      outgoing.once("close", () => wait(key));
    },
  };
}
