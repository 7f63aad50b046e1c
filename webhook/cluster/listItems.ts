// The items of a list, one by one as they come. A page of 500 StatefulSets may take as many megabytes: none is held but
// the one that is being read, and of each its reader keeps what is needed.

/** etcd takes 1.5 MiB, which may be twice as much as JSON, and managed fields come on top. */
const LARGEST_ITEM = 16 * 1024 * 1024;
/** The list without its items. */
const LARGEST_ENVELOPE = 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSE: ReadonlySet<number> = new Set([0x5d, 0x7d]);
const LIST = 0x5b;

/** Stands for an item in the envelope. */
const ITEM = Buffer.from("0");

/** Depths of a list: its object is 1, the array `items` is 2, an item 3. */
const ITEMS_DEPTH = 2;

/** Takes a list's JSON in pieces. */
export class ListItems {
  readonly #onItem: (item: unknown) => void;
  readonly #envelope = new ByteCollector(LARGEST_ENVELOPE, "a list without its items");
  #item: ByteCollector | null = null;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isInItems = false;
  /** the last string of the list's own object: a key where a value begins */
  #name = "";

  constructor(onItem: (item: unknown) => void) {
    this.#onItem = onItem;
  }

  /** @throws where an item is no JSON, or too large */
  take(chunk: Buffer): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.#isInString) this.#inString(byte);
      else from = this.#between(byte, { chunk, from, at });
    }
    (this.#item ?? this.#envelope).add(chunk.subarray(from));
  }

  #between(byte: number, { chunk, from, at }: { chunk: Buffer; from: number; at: number }): number {
    if (byte === QUOTE) this.#beginString();
    else if (OPEN.has(byte) && this.#open(byte)) return this.#beginItem(chunk, from, at);
    else if (CLOSE.has(byte) && this.#close()) return this.#endItem(chunk, from, at);
    return from;
  }

  /** @returns where what is not put away yet begins in the chunk */
  #beginItem(chunk: Buffer, from: number, at: number): number {
    this.#envelope.add(chunk.subarray(from, at));
    this.#item = new ByteCollector(LARGEST_ITEM, "one of a list's items");
    return at;
  }

  #endItem(chunk: Buffer, from: number, at: number): number {
    const item = this.#item;
    this.#item = null;
    item?.add(chunk.subarray(from, at + 1));
    if (item !== null) this.#onItem(JSON.parse(item.text()));
    this.#envelope.add(ITEM);
    return at + 1;
  }

  /** The text of the list without its items, each of which is 0 there. */
  end(): string {
    return this.#envelope.text();
  }

  #beginString(): void {
    this.#isInString = true;
    if (this.#depth === 1) this.#name = "";
  }

  #inString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInString = false;
    else if (this.#depth === 1 && this.#name.length <= 5) this.#name += String.fromCharCode(byte);
  }

  /** @returns whether an item begins */
  #open(byte: number): boolean {
    this.#depth += 1;
    if (this.#depth === ITEMS_DEPTH) this.#isInItems = byte === LIST && this.#name === "items";
    return this.#isInItems && this.#depth === ITEMS_DEPTH + 1;
  }

  /** @returns whether an item ends */
  #close(): boolean {
    this.#depth -= 1;
    if (this.#depth < ITEMS_DEPTH) this.#isInItems = false;
    return this.#isInItems && this.#depth === ITEMS_DEPTH;
  }
}

/** Bytes that are put together, up to a bound. */
export class ByteCollector {
  readonly #most: number;
  readonly #what: string;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  add(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#most)
      throw new Error(`${this.#what} is larger than ${this.#most / 1024 / 1024} MiB`);
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  text(): string {
    return Buffer.concat(this.#chunks, this.#size).toString("utf8");
  }
}
