// The runner with a failing network to S3, as one table for every S3 server
// (docs/research/runner.md#s3-conditional-writes): each fault at each of its requests, and permanent faults.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readMarker } from "../../../init/contract/marker.ts";
import { MAX_TRIES } from "../../../init/engine/wait.ts";
import { openObjects } from "../../../init/world/openObjects.ts";
import { bundleRunner } from "../bundleRunner.ts";
import type { ProxyFault } from "../world/s3/faultProxy.ts";
import { KEY_ENV, placeAt } from "../world/s3/place.ts";
import type { S3Server } from "../world/s3/table.ts";
import { type FaultyEnd, MARKER, mapConcurrently, runOver } from "./runs.ts";

const answer = (status: number, code: string): ProxyFault => ({ is: "answer", status, code });

/** Temporary faults: the run ends DONE. */
const PASSING: Readonly<Record<string, ProxyFault>> = {
  "a delay": { is: "delay", ms: 300 },
  "a lost answer": { is: "lost" },
  "no answer to what was carried out": { is: "mute" },
  "half an answer": { is: "torn" },
  "an answer that stops in the middle": { is: "stuck" },
  "a reset": { is: "reset" },
  "a server that hangs": { is: "hang" },
  "409": answer(409, "ConditionalRequestConflict"),
  "412": answer(412, "PreconditionFailed"),
  "500": answer(500, "InternalError"),
  "503": answer(503, "SlowDown"),
};

/** Read the marker, probe writing, write the marker, read it back. */
const REQUESTS = ["GET", "PUT", "PUT", "GET"];
const WRITES_MARKER = 2;

/** Permanent faults of the marker's write, and the resulting exit code. */
const LASTING: readonly { what: string; fault: ProxyFault; code: number; isSlow?: boolean }[] = [
  // it was carried out, which reading it back shows
  { what: "lost answers", fault: { is: "lost" }, code: 0 },
  { what: "503", fault: answer(503, "SlowDown"), code: 1 },
  { what: "409", fault: answer(409, "OperationAborted"), code: 1 },
  { what: "412 for no reason", fault: answer(412, "PreconditionFailed"), code: 1 },
  { what: "resets", fault: { is: "reset" }, code: 1 },
  { what: "a server that hangs", fault: { is: "hang" }, code: 1, isSlow: true },
];

/** Seconds: the timeout of one call (world/openObjects.ts) and the longest pause between two (engine/wait.ts). */
const CALL_S = 15;
const LONGEST_PAUSE_S = 7.5;
/** Time for starting a process on a busy machine. */
const SLACK_S = 30;
const WITH_ONE_FAULT_S = CALL_S + LONGEST_PAUSE_S + SLACK_S;
/** Each attempt may be a write and a read. */
const WITH_LASTING_FAULT_S = MAX_TRIES * (2 * CALL_S + LONGEST_PAUSE_S) + SLACK_S;

/** @param isWhole includes cases that take minutes */
export function describeFaulty(
  name: string,
  start: (context: Mocha.Context) => Promise<Pick<S3Server, "url" | "stop">>,
  { isWhole }: { isWhole: boolean },
): void {
  describe(`the bundled runner over a network that fails, with its marker in ${name}`, function () {
    this.timeout(10 * 60_000);
    const lasting = LASTING.filter(({ isSlow }) => isWhole || isSlow !== true);
    let server: Pick<S3Server, "url" | "stop"> | null = null;
    let folder = "";
    let program = "";
    let count = 0;
    /** permanent faults take the longest and use no CPU time, so they run concurrently */
    let slow: Promise<{ end: FaultyEnd; marker: string | null }[]>;

    const run = async (
      faultOf: Parameters<typeof runOver>[0]["chooseFault"],
    ): Promise<{ end: FaultyEnd; marker: string | null }> => {
      const prefix = `run-${count++}`;
      const s3Url = server?.url ?? "";
      const end = await runOver({
        program,
        folder: join(folder, prefix),
        s3Url,
        prefix,
        chooseFault: faultOf,
      });
      const got = await (await openObjects(placeAt(s3Url), KEY_ENV)).get(`${prefix}/${MARKER}`);
      return { end, marker: got.is === "object" ? got.text : null };
    };

    before(async function () {
      server = await start(this);
      folder = await mkdtemp(join(tmpdir(), "rollcall-faulty-"));
      program = await bundleRunner(join(folder, "bundle"));
      slow = mapConcurrently(lasting.length, lasting, ({ fault }) =>
        run(({ method, isMarker }) => (method === "PUT" && isMarker ? fault : null)),
      );
      slow.catch(() => undefined);
    });
    after(async () => {
      await slow?.catch(() => undefined);
      await server?.stop();
      if (folder !== "") await rm(folder, { recursive: true, force: true });
    });

    it("sends the requests on which this table is based", async () => {
      const { end, marker } = await run(() => null);
      assert.deepEqual([end.code, end.worked, end.requests], [0, 1, REQUESTS], end.log);
      isDone(marker);
    });

    for (const [what, fault] of Object.entries(PASSING)) {
      it(`ends DONE in time, with a correct marker, after ${what} at any single request`, async () => {
        // 412 answers a condition, which only the marker's write has
        const places = what === "412" ? [WRITES_MARKER] : REQUESTS.map((_, index) => index);
        const seen = await mapConcurrently(places.length, places, (place) =>
          run(({ index }) => (index === place ? fault : null)),
        );
        for (const [index, { end, marker }] of seen.entries()) {
          assert.equal(end.code, 0, `at request ${places[index]}:\n${end.log}`);
          assert.equal(end.worked, 1, "the step is done once");
          assert.ok(end.seconds < WITH_ONE_FAULT_S, `${end.seconds} s`);
          isDone(marker);
        }
      });
    }

    for (const [index, { what, code }] of lasting.entries()) {
      it(`ends with ${code} in time if every attempt to write the marker meets ${what}`, async () => {
        const { end, marker } = (await slow)[index] ?? assert.fail("it has not run");
        assert.equal(end.code, code, end.log);
        assert.equal(end.worked, 1, "the step is done once");
        assert.ok(end.seconds < WITH_LASTING_FAULT_S, `${end.seconds} s`);
        if (code === 0) return isDone(marker);
        assert.equal(marker, null);
        assert.match(end.log, /RC211 marker-bucket-unusable: cannot use the marker .*bucket boot at http/);
      });
    }
  });
}

function isDone(text: string | null): void {
  const reading = readMarker(text ?? "");
  assert.ok(reading.is === "whole", JSON.stringify(reading));
  assert.deepEqual([reading.marker.result, reading.marker.steps.length], ["complete", 1]);
}
