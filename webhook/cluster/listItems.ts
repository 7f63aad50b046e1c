// Splits the JSON of a list into its items while it arrives. A page of 500 StatefulSets may have as many megabytes, so
// only one item is held at a time, and its reader keeps a part of it.

/** etcd stores at most 1.5 MiB, which may be twice as much in JSON, plus managed fields. */
const LARGEST_ITEM = 16 * 1024 * 1024;
/** The list without its items. */
const LARGEST_ENVELOPE = 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSE: ReadonlySet<number> = new Set([0x5d, 0x7d]);
const LIST = 0x5b;

/** Replaces an item in the envelope. */
const ITEM = Buffer.from("0");

/** Nesting depths in a list: its object is 1, the array `items` is 2, an item is 3. */
const ITEMS_DEPTH = 2;

/** Takes the JSON of a list in chunks. */
export class ListItems {
  readonly #onItem: (item: unknown) => void;
  readonly #envelope = new ByteCollector(LARGEST_ENVELOPE, "a list without its items");
  #item: ByteCollector | null = null;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isInItems = false;
  /** the last string at the list's top level: the key when a value begins */
  #name = "";

  constructor(onItem: (item: unknown) => void) {
    this.#onItem = onItem;
  }

  /** @throws if an item is not JSON, or too large */
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

  /** @returns the index in the chunk from which bytes are not yet stored */
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

  /** The JSON of the list, with 0 in place of each item. */
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

/** Concatenates bytes up to a limit. */
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
