// Limits connections so that a caller who keeps many open cannot keep others out. Above the limit, the connection that has
// waited longest for its caller is closed. Connections with a request in progress are never closed, and idle ones that have
// sent a request before only if there is no other: API servers keep idle connections, and a request on a closed one fails.
import type { Server } from "node:http";
import type { Socket } from "node:net";

/** 57 KiB each with TLS (measured). An API server keeps as many as it has sent reviews concurrently. */
export const MAX_CONNECTIONS = 500;

/** Above limit and slack Node.js refuses connections: then all others have requests in progress. */
const SLACK = 50;

export interface Connections {
  /** To be called when a request was received completely. */
  beginAnswer(socket: Socket): void;
  /** To be called when the request was answered. */
  endAnswer(socket: Socket): void;
}

type Peer = Pick<Socket, "remoteAddress" | "remotePort">;

const formatPeer = ({ remoteAddress, remotePort }: Peer): string => `${remoteAddress} ${remotePort}`;

export function limitConnections(server: Server, limit = MAX_CONNECTIONS): Connections {
  server.maxConnections = limit + SLACK;
  let open = 0;
  const sockets = new Map<string, Socket>();
  /** `unused` wait for their first request, `idle` for another one; both with the longest waiting first */
  const unused = new Set<Socket>();
  const idle = new Set<Socket>();
  const forget = (socket: Socket): void => {
    unused.delete(socket);
    idle.delete(socket);
  };
  /** the accepted socket for the TLS socket of a request, which wraps it */
  const accepted = new WeakMap<Socket, Socket>();
  const find = (socket: Socket): Socket | undefined => {
    const known = accepted.get(socket);
    if (known !== undefined) return known;
    const found = sockets.get(formatPeer(socket));
    if (found !== undefined) accepted.set(socket, found);
    return found;
  };
  server.on("connection", (socket: Socket) => {
    const key = formatPeer(socket);
    open += 1;
    sockets.set(key, socket);
    socket.once("close", () => {
      open -= 1;
      // a new connection may use the same port already
      if (sockets.get(key) === socket) sockets.delete(key);
      forget(socket);
    });
    unused.add(socket);
    // `unused` contains at least this connection
    const [oldest] = unused.size > 1 || idle.size === 0 ? unused : idle;
    if (open <= limit || oldest === undefined) return;
    forget(oldest);
    oldest.destroy();
  });
  return {
    beginAnswer: (socket) => {
      const found = find(socket);
      if (found !== undefined) forget(found);
    },
    endAnswer: (socket) => {
      const found = find(socket);
      if (found === undefined || found.destroyed) return;
      // move it to the end
      forget(found);
      idle.add(found);
    },
  };
}
