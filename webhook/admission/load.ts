// How much of what callers send is held at once. Two bounds: bytes of bodies, from the first one until the answer; and
// JSON values of what is being decided, since a value of two bytes takes 56 in the heap (measured on Node 24).
import type { IncomingMessage } from "node:http";
import { Gate } from "../../init/contract/gate.ts";

/**
 * The largest body that is read: object and oldObject may be 3 MiB each (etcd's request limit, doubled by the
 * API server), and 1 MiB for the rest of the review. The number that controller-runtime uses.
 */
export const LARGEST_BODY = 7 * 1024 * 1024;

/** Most reviews have 5 to 35 KB: what is not larger is never refused for what others send. */
const SMALL_BODY = 64 * 1024;

/** All larger ones together; with the small ones of all connections half of what the base's memory limit leaves. */
const MOST_BYTES = 32 * 1024 * 1024;

/** More than twice what the API server can store in one object: a review of an UPDATE holds two. */
export const MOST_VALUES = 1_500_000;

/** Of all small bodies together; a review of 5 KB has about 150. */
const MOST_SMALL_VALUES = 700_000;

/**
 * Objects of the API have some 20 levels. JSON.parse reads any number of them, and JSON.stringify, which writes what a patch
 * copies, ends on some thousand with a RangeError.
 */
export const MOST_LEVELS = 500;

export type BodyRejection = "too-large" | "too-deep" | "cut-off" | "crowded";

export interface RequestBody {
  readonly bytes: Buffer;
  /** to be called once it is answered */
  release(): void;
}

/** To be called once it is answered, or why it is not decided. */
type GateEntry = (() => void) | "crowded" | "too-large" | "too-deep";

interface PendingRead {
  chunks: Buffer[];
  size: number;
  give(body: BodyRejection): void;
}

/** What one server holds. */
export class LoadLimiter {
  #bytes = 0;
  readonly #readings = new Set<PendingRead>();
  readonly large = new Gate(MOST_VALUES);
  readonly small = new Gate(MOST_SMALL_VALUES);

  /** The body of a request, or why it is not held. */
  read(incoming: IncomingMessage): Promise<RequestBody | BodyRejection> {
    if (Number(incoming.headers["content-length"] ?? 0) > LARGEST_BODY) return Promise.resolve("too-large");
    return new Promise((resolve) => {
      const reading: PendingRead = {
        chunks: [],
        size: 0,
        give: (refused) => {
          this.#end(reading);
          this.#bytes -= reading.size;
          reading.chunks = [];
          resolve(refused);
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
      // after an error, too, which without a listener is told nowhere else
      incoming.on("close", () => {
        if (isOpen()) reading.give("cut-off");
      });
    });
  }

  #take(reading: PendingRead, chunk: Buffer): void {
    reading.chunks.push(chunk);
    reading.size += chunk.length;
    this.#bytes += chunk.length;
    if (reading.size > LARGEST_BODY) reading.give("too-large");
    while (this.#bytes > MOST_BYTES) {
      const victim = this.#oldest();
      if (victim === null) return;
      victim.give("crowded");
    }
  }

  /**
   * Of the large ones that have not come whole, the one that began first: a caller that sends slowly holds up himself, and
   * not the API server, whose reviews come at once however large they are.
   */
  #oldest(): PendingRead | null {
    for (const each of this.#readings) if (each.size > SMALL_BODY) return each;
    return null;
  }

  #end(reading: PendingRead): void {
    this.#readings.delete(reading);
  }

  /**
   * Waits until a body may be decided.
   * @returns to be called once it is answered, or why it is not decided
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
  /** about: its commas, lists and objects, outside of strings */
  readonly values: number;
  /** lists and objects within each other, at most */
  readonly levels: number;
}

/** How much a JSON text holds, before it is parsed. */
export function measureJson(text: Buffer): JsonSize {
  let values = 1;
  let open = 0;
  let levels = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case QUOTE:
        at = endOfString(text, at);
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

function endOfString(text: Buffer, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const byte = text[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
  }
  return text.length;
}
