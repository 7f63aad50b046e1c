// A lock across processes and checkouts. It is an abstract Unix socket: the kernel closes it when its holder ends, so
// it cannot become stale. A client that connects reads who holds it, and for what purpose.
import { createHash } from "node:crypto";
import { createConnection, createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ClusterError } from "../failure.ts";

/** The holder of a lock. */
export interface Holder {
  readonly pid: number;
  /** A verb phrase: "starts the cluster". */
  readonly purpose: string;
}

export interface LockOptions {
  readonly purpose: string;
  /** Called once, before waiting. It may act on the holder, as `down` in provider.ts stops an `up`. */
  readonly onWait?: (holder: Holder | null) => void;
  readonly signal?: AbortSignal;
}

/** Runs `work` while holding the lock `name`; waits for the current holder. */
export async function withHostLock<T>(
  name: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const server = await acquire(name, options);
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The holder of the lock; null if it is free. */
export function readLockHolder(name: string): Promise<Holder | null> {
  const { promise, resolve } = Promise.withResolvers<Holder | null>();
  let said = "";
  const socket = createConnection(address(name));
  socket.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  socket.on("error", () => resolve(null));
  socket.on("close", () => resolve(parse(said)));
  return promise;
}

async function acquire(name: string, options: LockOptions): Promise<Server> {
  let server = await tryListen(name, options.purpose);
  if (server === null) options.onWait?.(await readLockHolder(name));
  while (server === null) {
    await sleep(200, undefined, options.signal === undefined ? {} : { signal: options.signal });
    server = await tryListen(name, options.purpose);
  }
  return server;
}

function tryListen(name: string, purpose: string): Promise<Server | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Server | null>();
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.end(JSON.stringify({ pid: process.pid, purpose } satisfies Holder));
  });
  server.once("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EADDRINUSE") resolve(null);
    else
      reject(
        new ClusterError(`cannot lock ${name}: ${error.message}; this needs Linux and its abstract sockets`),
      );
  });
  server.listen(address(name), () => resolve(server));
  server.unref();
  return promise;
}

/** A hash of the name and the user's id, since a socket address has at most 107 bytes. */
function address(name: string): string {
  const digest = createHash("sha256")
    .update(`${process.getuid?.() ?? ""}:${name}`)
    .digest("hex");
  return `\0rollcall-${digest.slice(0, 32)}`;
}

function parse(text: string): Holder | null {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null; // the holder closed it in between
  }
}
