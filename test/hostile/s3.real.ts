// A hostile S3 server: the runner limits the size and the duration of each answer, whatever its status.
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Plan } from "../../init/contract/plan.ts";
import { planWith, startRunnerCommand } from "./runner.ts";

const MIB = 1024 * 1024;
/** More than the runner's heap, so that keeping the whole answer ends the runner. */
const MOST_MIB = 600;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const absent: Answer = (_request, response) =>
  void response.writeHead(404).end("<Error><Code>NoSuchKey</Code><Message>none</Message></Error>");

describe("a hostile S3 server", function () {
  this.timeout(120_000);
  let server: Server;
  let answer: Answer;
  /** how much of an endless answer was read */
  let taken: Promise<number>;
  let tell: (bytes: number) => void;
  /** Sends up to MOST_MIB of a body, as fast as it is read. */
  function pour(response: ServerResponse): void {
    const chunk = Buffer.alloc(MIB, "<Error>");
    const { socket } = response;
    let left = MOST_MIB;
    const more = (): void => {
      for (; left > 0 && !response.destroyed; left -= 1) if (!response.write(chunk)) return;
      response.end();
    };
    response.on("close", () => tell(socket?.bytesWritten ?? 0));
    response.on("drain", more);
    more();
  }
  beforeEach(() => {
    taken = new Promise((resolve) => {
      tell = resolve;
    });
  });
  before(async () => {
    server = createServer((request, response) => {
      request.resume();
      answer(request, response);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const plan = (): Plan =>
    planWith({
      markers: { store: "s3" },
      s3: {
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        region: "us-east-1",
        bucket: "boot",
        prefix: "",
        pathStyle: true,
        checksum: "when-required",
        credentials: { from: "env", accessKeyId: "ID", secretAccessKey: "KEY", sessionToken: "TOKEN" },
      },
    });

  const start = (words: readonly string[]): ReturnType<typeof startRunnerCommand> =>
    startRunnerCommand(plan(), words, { env: { ID: "id", KEY: "key" }, limitMs: 60_000 });

  /** The command that reads it first, and how much it may read in addition to socket buffers. */
  const ENDLESS: readonly [string, readonly string[], number, Answer][] = [
    ["a refusal", ["status"], 0, (_request, response) => pour(response.writeHead(403))],
    ["a fault of its own", ["status"], 0, (_request, response) => pour(response.writeHead(500))],
    ["an object", ["status"], 1, (_request, response) => pour(response.writeHead(200, { etag: '"1"' }))],
    [
      "an answer to a PUT",
      ["run", "--termination-log", join(tmpdir(), `rollcall-last-${process.pid}`)],
      0,
      (request, response) =>
        request.method === "PUT" ? pour(response.writeHead(200, { etag: '"1"' })) : absent(request, response),
    ],
  ];
  for (const [what, words, mebibytes, send] of ENDLESS) {
    it(`that sends ${what} endlessly is disconnected`, async () => {
      answer = send;
      const { child, ended } = start(words);
      const bytes = await taken;
      // it retries for a while, which another test checks
      child.kill("SIGKILL");
      await ended;
      assert.ok(bytes < (mebibytes + 16) * MIB, `${Math.round(bytes / MIB)} MiB`);
    });
  }

  it("that sends an endless error is reported in one sentence", async () => {
    answer = (_request, response) => pour(response.writeHead(403));
    const { code, output } = await start(["status"]).ended;
    assert.equal(code, 3, output);
    assert.match(output, /the answer is 403; check the keys/);
  });

  it("that returns a marker of 1 MB of wrong elements is not believed", async () => {
    answer = (_request, response) =>
      void response.writeHead(200, { etag: '"1"' }).end(`{"steps":[${"0,".repeat(500_000)}0]}`);
    const { code, output } = await start(["status"]).ended;
    assert.equal(code, 1, output);
    assert.match(output, /it is corrupt: /);
    assert.ok(output.length < 4_096, `${output.length} characters`);
  });
});
