// Log lines of requests are written in batches: in order with all others, soon, and none is lost at the end of the
// process.
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { constants, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { openOutput } from "../../../webhook/server/log.ts";

const MODULE = new URL("../../../webhook/server/log.ts", import.meta.url).href;

/** A program with `prompt` and `buffered`, line writers to its standard output. */
function start(program: string): ChildProcess {
  const head = `
    import { openOutput } from ${JSON.stringify(MODULE)};
    const output = openOutput();
    const [prompt, buffered] = [output.prompt, output.buffered].map((way) => (line) => way.write(line + "\\n"));
  `;
  return spawn(process.execPath, ["--input-type=module", "--eval", head + program], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function runAndReadLines(program: string): Promise<{ lines: string[]; code: number | null }> {
  const child = start(program);
  const closed = once(child, "close");
  const { stdout, stderr } = child;
  assert.ok(stdout !== null && stderr !== null);
  const [out] = await Promise.all([text(stdout), text(stderr)]);
  await closed;
  return { lines: out.split("\n").slice(0, -1), code: child.exitCode };
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index}`);

describe("buffered log lines", function () {
  this.timeout(20_000);

  it("are written before the process exits", async () => {
    const program = 'for (let i = 0; i < 2000; i++) buffered("line " + i); process.exit(3);';
    assert.deepEqual(await runAndReadLines(program), { lines: numbered(2000), code: 3 });
  });

  it("are written when an error ends the process", async () => {
    const { lines, code } = await runAndReadLines(
      'buffered("line 0"); setTimeout(() => { throw new Error("x"); });',
    );
    assert.deepEqual([lines, code], [["line 0"], 1]);
  });

  it("are written when a signal handler exits, as in a drain", async () => {
    const child = start(`
      process.once("SIGTERM", () => { prompt("draining"); buffered("last"); process.exit(0); });
      prompt("serving");
      setInterval(() => buffered("request"), 1);
    `);
    let out = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    while (!out.includes("request")) await new Promise((done) => setTimeout(done, 10));
    child.kill("SIGTERM");
    await once(child, "close");
    assert.match(out, /^serving\n(request\n)+draining\nlast\n$/);
  });

  it("keep their order relative to unbuffered ones", async () => {
    const program = 'for (let i = 0; i < 500; i++) (i % 7 === 0 ? prompt : buffered)("line " + i);';
    assert.deepEqual((await runAndReadLines(program)).lines, numbered(500));
  });

  it("are dropped if the reader is gone, and a drain still ends the process", async () => {
    const child = start(`
      process.once("SIGTERM", () => { prompt("draining"); process.exit(0); });
      prompt("serving");
      setInterval(() => { buffered("request"); process.stderr.write("."); }, 1);
    `);
    assert.ok(child.stdout !== null && child.stderr !== null);
    await once(child.stdout, "data");
    child.stdout.destroy();
    for (let seen = 0; seen < 200; ) seen += (await once(child.stderr, "data"))[0].length;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
    const [code] = await once(child, "exit");
    clearTimeout(timer);
    assert.equal(code, 0);
  });

  it("are dropped on a full disk", () => {
    const output = openOutput(openSync("/dev/full", "w"));
    output.prompt.write("line\n");
  });

  it("block for half a second at most if a pipe is full and nothing reads it", () => {
    const folder = mkdtempSync(join(tmpdir(), "rollcall-log-"));
    try {
      const fifo = join(folder, "fifo");
      execFileSync("mkfifo", [fifo]);
      const output = openOutput(openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK));
      const began = performance.now();
      output.prompt.write("x".repeat(1_000_000));
      const took = performance.now() - began;
      assert.ok(took > 400 && took < 5_000, `${took} ms`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  describe("in this process", () => {
    let folder: string;
    let file: string;
    let output: ReturnType<typeof openOutput>;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "rollcall-log-"));
      file = join(folder, "log");
      output = openOutput(openSync(file, "w"));
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const written = (): string => readFileSync(file, "utf8");

    it("are written after a tenth of a second", async () => {
      output.buffered.write("line\n");
      assert.equal(written(), "");
      await new Promise((done) => setTimeout(done, 150));
      assert.equal(written(), "line\n");
    });

    it("never exceed 4 KiB and a line", () => {
      let all = "";
      for (let index = 0; index < 1_000; index += 1) {
        const line = `${"x".repeat(index % 200)}\n`;
        all += line;
        output.buffered.write(line);
        assert.ok(all.length - written().length < 4_096 + 200);
      }
      const long = `${"y".repeat(100_000)}\n`;
      output.buffered.write(long);
      assert.equal(written(), all + long);
    });

    it("do not delay unbuffered ones", () => {
      output.buffered.write("first\n");
      output.prompt.write("second\n");
      assert.equal(written(), "first\nsecond\n");
    });
  });
});
