// The bounds on memory that clients can occupy: bytes of bodies, and values of reviews that are being decided.
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import {
  type BodyRejection,
  LARGEST_BODY,
  LoadLimiter,
  MOST_VALUES,
  measureJson,
  type RequestBody,
} from "../../../webhook/admission/load.ts";

const MIB = 1024 * 1024;
const patient = new AbortController().signal;
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

interface Caller {
  readonly stream: PassThrough;
  readonly body: Promise<RequestBody | BodyRejection>;
}

/** A request with or without a content-length. */
function startCaller(load: LoadLimiter, length?: number): Caller {
  const stream = new PassThrough({ highWaterMark: 64 * MIB });
  const headers = length === undefined ? {} : { "content-length": String(length) };
  const incoming = Object.assign(stream, { headers }) as unknown as IncomingMessage;
  return { stream, body: load.read(incoming) };
}

async function sendWhole(load: LoadLimiter, bytes: Buffer): Promise<RequestBody> {
  const { stream, body } = startCaller(load);
  stream.end(bytes);
  const read = await body;
  assert.ok(typeof read !== "string", String(read));
  return read;
}

/** A JSON list with this number of zeros. */
const zeros = (count: number): Buffer => Buffer.from(`[${"0,".repeat(count - 1)}0]`);

describe("the bytes of bodies", () => {
  let load: LoadLimiter;
  beforeEach(() => {
    load = new LoadLimiter();
  });

  it("are read in one chunk or several", async () => {
    assert.equal((await sendWhole(load, Buffer.from("abc"))).bytes.toString(), "abc");
    const { stream, body } = startCaller(load, 4);
    stream.write("ab");
    await turn();
    stream.end("cd");
    const read = await body;
    assert.equal(typeof read === "string" ? read : read.bytes.toString(), "abcd");
  });

  it("are rejected by the content-length, before any is read", async () => {
    assert.equal(await startCaller(load, LARGEST_BODY + 1).body, "too-large");
  });

  it("are rejected as soon as they exceed the limit, regardless of the content-length", async () => {
    const { stream, body } = startCaller(load, 10);
    stream.write(Buffer.alloc(LARGEST_BODY));
    await turn();
    stream.write("x");
    assert.equal(await body, "too-large");
  });

  it("are released if the client disconnects, with and without an error", async () => {
    for (const error of [undefined, new Error("reset")]) {
      const { stream, body } = startCaller(load, 10);
      stream.on("error", () => undefined);
      stream.write("x");
      await turn();
      stream.destroy(error);
      assert.equal(await body, "cut-off");
    }
  });

  it("are at most 32 MiB in total: the oldest incomplete body is rejected", async () => {
    const slow = Array.from({ length: 5 }, () => startCaller(load));
    for (const [index, { stream }] of slow.entries()) stream.write(Buffer.alloc(6 * MIB + index));
    await turn();
    const last = startCaller(load);
    last.stream.write(Buffer.alloc(3 * MIB));
    assert.equal(await slow[0]?.body, "crowded");
    // room again for all others
    for (const { stream } of [...slow.slice(1), last]) stream.end();
    for (const { body } of [...slow.slice(1), last]) assert.equal(typeof (await body), "object");
  });

  it("of small bodies are never rejected because of others", async () => {
    const small = startCaller(load);
    small.stream.write(Buffer.alloc(64 * 1024));
    const whole = await Promise.all(Array.from({ length: 5 }, () => sendWhole(load, Buffer.alloc(6 * MIB))));
    const large = startCaller(load);
    large.stream.write(Buffer.alloc(6 * MIB));
    assert.equal(await large.body, "crowded");
    small.stream.end();
    assert.equal(typeof (await small.body), "object");
    for (const { release } of whole) release();
  });

  it("are released after the answer", async () => {
    for (let round = 0; round < 20; round += 1) (await sendWhole(load, Buffer.alloc(5 * MIB))).release();
    assert.equal(typeof (await sendWhole(load, Buffer.alloc(5 * MIB))), "object");
  });
});

describe("the values of bodies", () => {
  let load: LoadLimiter;
  beforeEach(() => {
    load = new LoadLimiter();
  });

  it("of one body are rejected if they exceed those of two objects", async () => {
    assert.equal(await load.enter(zeros(MOST_VALUES + 1), patient), "too-large");
    const leave = await load.enter(zeros(MOST_VALUES - 2), patient);
    assert.equal(typeof leave, "function");
  });

  it("of large bodies wait for one another until the deadline; small bodies do not wait for them", async () => {
    const leave = await load.enter(zeros(MOST_VALUES - 2), patient);
    const second = Promise.resolve(load.enter(zeros(100_000), patient));
    const late = await load.enter(zeros(100_000), AbortSignal.timeout(20));
    assert.equal(late, "crowded");
    assert.equal(typeof load.enter(zeros(1_000), patient), "function");
    let isIn = false;
    void second.then(() => {
      isIn = true;
    });
    await turn();
    assert.equal(isIn, false);
    if (typeof leave === "function") leave();
    assert.equal(typeof (await second), "function");
  });

  it("of small bodies are counted, not estimated by size", async () => {
    // none of them has more than one value, and each could have 32,000
    const text = Buffer.from(`"${"x".repeat(64 * 1024 - 2)}"`);
    const leaves = await Promise.all(Array.from({ length: 1_000 }, () => load.enter(text, patient)));
    assert.ok(leaves.every((leave) => typeof leave === "function"));
    const full = await Promise.all(Array.from({ length: 21 }, () => load.enter(zeros(32_000), patient)));
    assert.ok(full.every((leave) => typeof leave === "function"));
    assert.equal(await load.enter(zeros(32_000), AbortSignal.timeout(20)), "crowded");
    for (const leave of [...leaves, ...full]) if (typeof leave === "function") leave();
    assert.equal(typeof load.enter(zeros(32_000), patient), "function");
  });
});

describe("counting values", () => {
  const COUNTS: readonly [text: string, count: number][] = [
    ["", 1],
    ["0", 1],
    ["[]", 2],
    ["[0,0,0]", 4],
    ['{"a":[1,2],"b":{}}', 6],
    // characters inside a string do not count
    ['"[,{,["', 1],
    ['"\\",["', 1],
    ['["\\\\",0]', 3],
    // a string without an end, in a body that is no JSON
    ['["[[[[', 2],
    ['"\\', 1],
  ];
  for (const [text, count] of COUNTS) {
    it(`finds ${count} in ${JSON.stringify(text)}`, () => {
      assert.equal(measureJson(Buffer.from(text)).values, count);
    });
  }

  it("finds at least as many as JSON.parse", () => {
    const made = (value: unknown): number =>
      typeof value === "object" && value !== null
        ? 1 + Object.values(value).reduce((sum: number, each) => sum + made(each), 0)
        : 1;
    for (const text of ['{"a":1,"b":[true,null,{"c":"d"}]}', "[[[],[]],[0]]", '"x"'])
      assert.ok(measureJson(Buffer.from(text)).values >= made(JSON.parse(text)), text);
  });
});
