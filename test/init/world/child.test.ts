// A command that must end at once, because another pod holds the lock now: real processes, real signals.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChildEnd } from "../../../init/engine/ports.ts";
import { createChildRunner } from "../../../init/world/child.ts";
import { buildShellCommand } from "../rig.ts";

const FORCE_AFTER_MS = 400;

describe("a command that is aborted", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-child-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs a script until it has printed "ready", then calls `then`. */
  const run = async (
    script: string,
    then: (controls: { abort: AbortController; forceKill: AbortController; stop: AbortController }) => void,
    request: { timeoutSeconds?: number; forceAfterMs?: number } = {},
  ): Promise<{ end: ChildEnd; lines: string[]; tookMs: number }> => {
    const controls = {
      abort: new AbortController(),
      forceKill: new AbortController(),
      stop: new AbortController(),
    };
    const lines: string[] = [];
    let began = performance.now();
    const end = await createChildRunner({
      env: { PATH: process.env["PATH"] },
      stop: controls.stop.signal,
      forceAfterMs: FORCE_AFTER_MS,
    })({
      argv: buildShellCommand(script, join(folder, "left")),
      timeoutSeconds: 20,
      ...request,
      abort: controls.abort.signal,
      forceKill: controls.forceKill.signal,
      onLine: (line) => {
        lines.push(line);
        if (line !== "ready") return;
        began = performance.now();
        then(controls);
      },
    });
    return { end, lines, tookMs: performance.now() - began };
  };
  const LOOP = "while :; do sleep 0.05; done";

  it("gets SIGINT, may print more output, and ends as stopped", async () => {
    const { end, lines, tookMs } = await run(
      `trap "echo interrupted; exit 0" INT; echo ready; ${LOOP}`,
      ({ abort }) => abort.abort(),
    );
    assert.deepEqual(end, { is: "stopped" });
    assert.deepEqual(lines, ["ready", "interrupted"]);
    assert.ok(tookMs < FORCE_AFTER_MS, `${tookMs} ms`);
  });

  it("is killed with its children after the grace period if it ignores SIGINT", async () => {
    const { end, tookMs } = await run(
      `trap "" INT; sleep 63 & echo $! > "$1"; echo ready; ${LOOP}`,
      ({ abort }) => abort.abort(),
    );
    assert.deepEqual(end, { is: "stopped" });
    assert.ok(tookMs >= FORCE_AFTER_MS - 5 && tookMs < 5_000, `${tookMs} ms`);
    const left = (await readFile(join(folder, "left"), "utf8")).trim();
    const state = await readFile(`/proc/${left}/stat`, "utf8").catch(() => ") Z");
    assert.match(state.split(") ").at(-1) ?? "", /^Z/, `${left} is left`);
  });

  it("is killed sooner by forceKill", async () => {
    const { end, tookMs } = await run(
      `trap "" INT; echo ready; ${LOOP}`,
      ({ abort, forceKill }) => {
        abort.abort();
        forceKill.abort();
      },
      { forceAfterMs: 60_000 },
    );
    assert.deepEqual(end, { is: "stopped" });
    assert.ok(tookMs >= FORCE_AFTER_MS - 5 && tookMs < 5_000, `${tookMs} ms`);
  });

  it("stops at once even after a SIGTERM", async () => {
    const { end, tookMs } = await run(`trap "" TERM INT; echo ready; ${LOOP}`, ({ abort, stop }) => {
      stop.abort();
      abort.abort();
    });
    assert.deepEqual(end, { is: "stopped" });
    assert.ok(tookMs < 5_000, `${tookMs} ms`);
  });

  it("ends as timed out if it had reached its limit, with a single grace period", async () => {
    const { end, tookMs } = await run(
      `trap "" INT; echo ready; ${LOOP}`,
      ({ abort }) => void setTimeout(() => abort.abort(), 500),
      { timeoutSeconds: 0.3 },
    );
    assert.deepEqual(end, { is: "timed-out", forced: true });
    assert.ok(tookMs < 300 + FORCE_AFTER_MS + 300, `${tookMs} ms`);
  });

  it("is not started if it was aborted before", async () => {
    const left = join(folder, "left");
    const end = await createChildRunner({ env: {}, stop: new AbortController().signal })({
      argv: ["touch", left],
      timeoutSeconds: 5,
      abort: AbortSignal.abort(),
      onLine: () => undefined,
    });
    assert.deepEqual(end, { is: "stopped" });
    await assert.rejects(access(left));
  });

  it("removes its listeners from a long-lived signal", async () => {
    const abort = new AbortController();
    const run = createChildRunner({ env: { PATH: process.env["PATH"] }, stop: new AbortController().signal });
    for (const _ of Array.from({ length: 12 })) {
      const end = await run({
        argv: ["true"],
        timeoutSeconds: 5,
        abort: abort.signal,
        onLine: () => undefined,
      });
      assert.deepEqual(end, { is: "exited", code: 0 });
    }
    assert.deepEqual(getEventListeners(abort.signal, "abort"), []);
  });
});
