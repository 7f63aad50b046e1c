// At most so many connections, and no caller who keeps some open keeps others out: where there is one too many, the one
// goes that has waited longest for its own caller. None goes that waits for us, and one that has sent a whole request goes
// only where no other is left: an API server keeps idle connections, and a call that it writes on a closed one fails.
import type { Server } from "node:http";
import type { Socket } from "node:net";

/** 57 KiB each with TLS (measured); an API server keeps one for each review that it has sent at the same time. */
export const MOST_CONNECTIONS = 500;

/** Above it node itself refuses: all others are being answered. */
const SLACK = 50;

export interface Connections {
  /** Tells that a request is there whole, and is ours to answer. */
  beginAnswer(socket: Socket): void;
  /** Tells that it is answered, so that we wait for the caller again. */
  endAnswer(socket: Socket): void;
}

type Peer = Pick<Socket, "remoteAddress" | "remotePort">;

const formatPeer = ({ remoteAddress, remotePort }: Peer): string => `${remoteAddress} ${remotePort}`;

export function limitConnections(server: Server, most = MOST_CONNECTIONS): Connections {
  server.maxConnections = most + SLACK;
  let open = 0;
  const sockets = new Map<string, Socket>();
  /** those that wait for their caller's first request, and for another one; the longest first */
  const unused = new Set<Socket>();
  const idle = new Set<Socket>();
  const forget = (socket: Socket): void => {
    unused.delete(socket);
    idle.delete(socket);
  };
  /** of a socket that requests come by, which is a wrapper of the one that was accepted */
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
      // another connection may have the same port by now
      if (sockets.get(key) === socket) sockets.delete(key);
      forget(socket);
    });
    unused.add(socket);
    // the last of them is this one
    const [oldest] = unused.size > 1 || idle.size === 0 ? unused : idle;
    if (open <= most || oldest === undefined) return;
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
      // behind all others
      forget(found);
      idle.add(found);
    },
  };
}
