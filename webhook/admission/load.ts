// Bounds the memory that callers can occupy. Two limits: the bytes of bodies, from the first one until the answer; and the
// JSON values in reviews that are being decided, because a value of two bytes takes 56 in the heap (measured on Node 24).
import type { IncomingMessage } from "node:http";
import { Gate } from "../../init/contract/gate.ts";

/**
 * The largest body that is read: object and oldObject may have 3 MiB each (etcd's request limit, doubled by the
 * API server), and 1 MiB is for the rest of the review. controller-runtime uses the same limit.
 */
export const LARGEST_BODY = 7 * 1024 * 1024;

/** Most reviews have 5 to 35 KB. A body up to this size is never rejected because of other requests. */
const SMALL_BODY = 64 * 1024;

/** Limit for all larger bodies together. With the small ones of all connections it is half of the memory limit's headroom. */
const MOST_BYTES = 32 * 1024 * 1024;

/** More than twice what the API server can store in one object: a review of an UPDATE holds two. */
export const MOST_VALUES = 1_500_000;

/** Limit for all small bodies together; a review of 5 KB has about 150 values. */
const MOST_SMALL_VALUES = 700_000;

/**
 * Objects of the API have some 20 levels. JSON.parse accepts any number, but JSON.stringify, which writes the patch, throws
 * a RangeError at some thousand.
 */
export const MOST_LEVELS = 500;

export type BodyRejection = "too-large" | "too-deep" | "cut-off" | "crowded";

export interface RequestBody {
  readonly bytes: Buffer;
  /** must be called when the request is answered */
  release(): void;
}

/** A function to call when the request is answered, or why it is rejected. */
type GateEntry = (() => void) | "crowded" | "too-large" | "too-deep";

interface PendingRead {
  chunks: Buffer[];
  size: number;
  reject(reason: BodyRejection): void;
}

/** The load of one server. */
export class LoadLimiter {
  #bytes = 0;
  readonly #readings = new Set<PendingRead>();
  readonly large = new Gate(MOST_VALUES);
  readonly small = new Gate(MOST_SMALL_VALUES);

  /** Reads the body of a request. @returns otherwise why it is rejected */
  read(incoming: IncomingMessage): Promise<RequestBody | BodyRejection> {
    if (Number(incoming.headers["content-length"] ?? 0) > LARGEST_BODY) return Promise.resolve("too-large");
    return new Promise((resolve) => {
      const reading: PendingRead = {
        chunks: [],
        size: 0,
        reject: (reason) => {
          this.#end(reading);
          this.#bytes -= reading.size;
          reading.chunks = [];
          resolve(reason);
        },
      };
      this.#readings.add(reading);
      const isOpen = (): boolean => this.#readings.has(reading);
      incoming.on("data", (chunk: Buffer) => {
        if (isOpen()) this.#take(reading, chunk);
      });
      incoming.on("end", () => {
        if (!isOpen()) return;
        this.#end(reading);
        const { chunks, size } = reading;
        const release = (): void => {
          this.#bytes -= size;
        };
        resolve({
          bytes: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size),
          release,
        });
      });
      // also emitted after an error, for which there is no listener
      incoming.on("close", () => {
        if (isOpen()) reading.reject("cut-off");
      });
    });
  }

  #take(reading: PendingRead, chunk: Buffer): void {
    reading.chunks.push(chunk);
    reading.size += chunk.length;
    this.#bytes += chunk.length;
    if (reading.size > LARGEST_BODY) reading.reject("too-large");
    while (this.#bytes > MOST_BYTES) {
      const victim = this.#oldest();
      if (victim === null) return;
      victim.reject("crowded");
    }
  }

  /**
   * The large body that has been arriving for the longest time. So a slow sender harms itself, and not the API server,
   * which sends even large reviews at once.
   */
  #oldest(): PendingRead | null {
    for (const each of this.#readings) if (each.size > SMALL_BODY) return each;
    return null;
  }

  #end(reading: PendingRead): void {
    this.#readings.delete(reading);
  }

  /**
   * Waits until there is room to decide on a body.
   * @returns a function to call when the request is answered, or why it is rejected
   */
  enter(body: Buffer, deadline: AbortSignal): GateEntry | Promise<GateEntry> {
    const { values, levels } = measureJson(body);
    if (values > MOST_VALUES) return "too-large";
    if (levels > MOST_LEVELS) return "too-deep";
    const gate = body.length > SMALL_BODY ? this.large : this.small;
    return gate.tryEnter(values) ?? this.#wait(gate, values, deadline);
  }

  async #wait(gate: Gate, values: number, deadline: AbortSignal): Promise<GateEntry> {
    return (await gate.enter(values, deadline)) ?? "crowded";
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BRACE = 0x7b;
const END_BRACKET = 0x5d;
const END_BRACE = 0x7d;

interface JsonSize {
  /** an estimate: the commas, lists and objects outside of strings */
  readonly values: number;
  /** the deepest nesting of lists and objects */
  readonly levels: number;
}

/** Counts values and levels of a JSON text without parsing it. */
export function measureJson(text: Buffer): JsonSize {
  let values = 1;
  let open = 0;
  let levels = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case QUOTE:
        at = findStringEnd(text, at);
        break;
      case BRACKET:
      case BRACE:
        open += 1;
        if (open > levels) levels = open;
        values += 1;
        break;
      case END_BRACKET:
      case END_BRACE:
        open -= 1;
        break;
      case COMMA:
        values += 1;
        break;
    }
  }
  return { values, levels };
}

function findStringEnd(text: Buffer, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const byte = text[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
  }
  return text.length;
}
