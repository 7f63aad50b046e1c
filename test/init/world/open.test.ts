// The real world behind the engine's ports.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PLAN_ENV, POD_UID_ENV } from "../../../init/contract/places.ts";
import type { World } from "../../../init/engine/ports.ts";
import { openWorld, type WorldRequest } from "../../../init/world/open.ts";
import { placeAt } from "./s3/place.ts";

describe("openWorld", () => {
  const stop = new AbortController();
  const open = (plan: Partial<WorldRequest["plan"]> = {}, env: WorldRequest["env"] = {}): Promise<World> =>
    openWorld({
      plan: { s3: null, api: null, ...plan },
      env: { PATH: process.env["PATH"], ...env },
      stop: stop.signal,
      log: () => undefined,
      runId: "run-1",
    });

  it("opens neither S3 nor the API server if the plan has neither", async () => {
    const world = await open({}, { [POD_UID_ENV]: "uid-1" });
    assert.deepEqual([world.objects, world.askApi], [null, null]);
    assert.deepEqual([world.runId, world.podUid], ["run-1", "uid-1"]);
  });

  it("opens the plan's S3 without a request", async () => {
    const { objects } = await open({ s3: placeAt("http://127.0.0.1:1") });
    assert.equal(objects?.where, "bucket boot at http://127.0.0.1:1");
  });

  it("finds the API server by the kubelet's variables", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rollcall-world-"));
    try {
      for (const name of ["token", "ca.crt"]) await writeFile(join(folder, name), "x");
      const env = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: "1" };
      const told = await (await open({ api: { folder } }, env)).askApi?.({ method: "GET", path: "/" });
      assert.deepEqual(told, {
        none: "the API server at 127.0.0.1:1: connection refused (ECONNREFUSED)",
      });
      const outside = await (await open({ api: { folder } })).askApi?.({ method: "GET", path: "/" });
      assert.match(
        JSON.stringify(outside),
        /KUBERNETES_SERVICE_HOST and .* do not contain the API server's address/,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("gives child processes the container's environment without Rollcall's variables", async () => {
    const lines: string[] = [];
    const world = await open({}, { [PLAN_ENV]: "{}", [POD_UID_ENV]: "uid-1", SETTING: "a b" });
    await world.runChild({ argv: ["env"], timeoutSeconds: 5, onLine: (line) => lines.push(line) });
    assert.deepEqual(lines.sort(), [`PATH=${process.env["PATH"]}`, "SETTING=a b"]);
  });

  it("pauses for the given time, or until it is aborted", async () => {
    const world = await open();
    const took = async (milliseconds: number, until?: AbortSignal): Promise<number> => {
      const began = world.monotonic();
      await world.pause(milliseconds, until);
      return world.monotonic() - began;
    };
    const whole = await took(120);
    assert.ok(whole >= 118 && whole < 1_000, `${whole} ms`);
    assert.ok((await took(10_000, AbortSignal.timeout(50))) < 1_000);
    assert.ok((await took(10_000, AbortSignal.abort())) < 100);
    setTimeout(() => stop.abort(), 50);
    assert.ok((await took(10_000)) < 1_000);
    assert.ok((await took(10_000)) < 100);
    assert.ok(
      (await took(120, new AbortController().signal)) >= 118,
      "what is told instead of stop stands alone",
    );
  });
});
