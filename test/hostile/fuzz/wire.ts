// Sends requests as bytes, which may be invalid, over one TLS connection that is kept open if possible; reads the
// answers.
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export interface WireTarget {
  readonly port: number;
  readonly ca: string;
}

/** The bytes for one connection, and their timing. */
export interface WireMessage {
  readonly parts: readonly { readonly bytes: string | Buffer; readonly pauseMs?: number }[];
  /** methods of the requests: the number of answers, and which of them have no body */
  readonly methods: readonly string[];
  /** what happens with the connection after sending @default "kept" */
  readonly end?: "kept" | "half-closed" | "reset" | "silent";
  /** send without TLS */
  readonly isPlain?: boolean;
}

export interface WireAnswer {
  readonly status: number;
  readonly head: string;
  readonly text: string;
}

export interface Exchange {
  readonly answers: readonly WireAnswer[];
  /** the server closed the connection before all answers */
  readonly isClosed: boolean;
  readonly milliseconds: number;
}

/** Only answers by Node.js itself are chunked, and they are empty. */
const LAST_CHUNK = "0\r\n\r\n";

/** Uses one connection after the other. */
export class Caller {
  readonly #target: WireTarget;
  #kept: Socket | null = null;

  constructor(target: WireTarget) {
    this.#target = target;
  }

  /**
   * Sends, and waits for an answer to each request, or until the server closes.
   * @param limitMs after which the server counts as hanging
   * @throws Error if neither happens in time
   */
  async exchange(sending: WireMessage, limitMs: number): Promise<Exchange> {
    const { end = "kept", isPlain = false } = sending;
    const isUsual = end === "kept" && !isPlain;
    const socket = (isUsual ? this.#kept : null) ?? (await this.#open(isPlain));
    if (isUsual) this.#kept = null;
    const exchange = await converse(socket, sending, limitMs).finally(() => {
      if (!isUsual) socket.destroy();
    });
    const isOver =
      !isUsual ||
      exchange.isClosed ||
      exchange.answers.length < sending.methods.length ||
      exchange.answers.some(({ head }) => /^connection: close/im.test(head));
    if (isOver) socket.destroy();
    else this.#kept = socket;
    return exchange;
  }

  close(): void {
    this.#kept?.destroy();
    this.#kept = null;
  }

  #open(isPlain: boolean): Promise<Socket> {
    const { port, ca } = this.#target;
    return new Promise((resolve, reject) => {
      const socket = isPlain
        ? connectTcp(port, "127.0.0.1", () => resolve(socket))
        : connectTls({ host: "127.0.0.1", port, ca, servername: "rollcall.rollcall-system.svc" }, () =>
            resolve(socket),
          );
      // later errors are reported by the close event
      socket.on("error", reject);
    });
  }
}

function converse(socket: Socket, sending: WireMessage, limitMs: number): Promise<Exchange> {
  const { methods, end = "kept" } = sending;
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const isOver = new AbortController();
    const finish = (isClosed: boolean): void => {
      if (isOver.signal.aborted) return;
      isOver.abort();
      clearTimeout(timer);
      socket.off("data", take).off("end", onEnd).off("close", onEnd);
      const { answers } = readAnswers(Buffer.concat(chunks), methods, isClosed);
      resolve({ answers, isClosed, milliseconds: performance.now() - began });
    };
    const timer = setTimeout(() => {
      isOver.abort();
      socket.destroy();
      const came = Buffer.concat(chunks).length;
      reject(new Error(`neither answered nor closed within ${limitMs} ms, ${came} bytes came`));
    }, limitMs);
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      if (end !== "silent" && readAnswers(Buffer.concat(chunks), methods, false).isWhole) finish(false);
    };
    const onEnd = (): void => finish(true);
    socket.on("data", take).once("end", onEnd).once("close", onEnd);
    void send(socket, sending, isOver.signal);
  });
}

async function send(socket: Socket, { parts, end }: WireMessage, isOver: AbortSignal): Promise<void> {
  for (const { bytes, pauseMs = 0 } of parts) {
    if (pauseMs > 0) await new Promise((done) => setTimeout(done, pauseMs));
    if (isOver.aborted || !socket.writable) return;
    socket.write(bytes);
  }
  if (end === "half-closed") socket.end();
  if (end === "reset") socket.destroy();
}

/** The complete answers. @param isClosed an answer without a length ends with the connection */
export function readAnswers(
  bytes: Buffer,
  methods: readonly string[],
  isClosed: boolean,
): { answers: WireAnswer[]; isWhole: boolean } {
  const answers: WireAnswer[] = [];
  let at = 0;
  while (answers.length < Math.max(methods.length, 1)) {
    const end = bytes.indexOf("\r\n\r\n", at);
    if (end < 0) break;
    const head = bytes.subarray(at, end).toString("latin1");
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
    at = end + 4;
    if (status === 100) continue;
    const hasBody = methods[answers.length] !== "HEAD" && status !== 204;
    const length = hasBody ? readBodyLength(bytes.subarray(at), head, isClosed) : 0;
    if (length === null) break;
    answers.push({ status, head, text: bytes.subarray(at, at + length).toString() });
    at += length;
  }
  return { answers, isWhole: methods.length > 0 && answers.length >= methods.length };
}

/** The length of an answer's body in bytes; null if it is incomplete. */
function readBodyLength(rest: Buffer, head: string, isClosed: boolean): number | null {
  const said = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (said !== undefined) return Number(said) <= rest.length ? Number(said) : null;
  if (/^transfer-encoding: chunked$/im.test(head)) {
    const end = rest.indexOf(LAST_CHUNK);
    return end < 0 ? null : end + LAST_CHUNK.length;
  }
  return isClosed ? rest.length : null;
}
