// When the Docker part refuses to start.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHECKOUT, cachePaths, clusterName } from "../e2e/cluster/paths.ts";
import { clusterFolder, writeState } from "../e2e/cluster/state.ts";
import { runDockerPart } from "./docker.ts";

describe("the Docker part of test:full", () => {
  let cache = "";
  const { PATH: path, XDG_CACHE_HOME: before } = process.env;
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "rollcall-part-"));
    process.env["XDG_CACHE_HOME"] = cache;
  });
  afterEach(async () => {
    process.env["PATH"] = path;
    if (before === undefined) delete process.env["XDG_CACHE_HOME"];
    else process.env["XDG_CACHE_HOME"] = before;
    await rm(cache, { recursive: true, force: true });
  });

  const run = (log: string[]) =>
    runDockerPart({ signal: new AbortController().signal, log: (line) => log.push(line), install: false });

  it("refuses to start beside a podman cluster of the same checkout, which its suites would use", async () => {
    const name = clusterName(CHECKOUT);
    await writeState(clusterFolder(cachePaths(process.env).clusters, name), {
      name,
      checkout: CHECKOUT,
      phase: "starting",
      engine: { name: "podman", why: "", env: {} },
      needs: { cgroupfs: true, restricted: true },
      image: { name: "x", origin: "built", why: "" },
      kubernetes: "1.37.2",
      kubectl: "kubectl",
      kind: "kind",
    });
    const log: string[] = [];
    await assert.rejects(
      run(log),
      /^ClusterError: this checkout has a cluster already, on podman: run `npm run cluster -- down` first$/,
    );
    assert.deepEqual(log, []);
  });

  it("lists what to install if Docker is missing", async () => {
    process.env["PATH"] = "/nowhere";
    const log: string[] = [];
    await assert.rejects(
      run(log),
      /^ClusterError: this machine lacks docker\.io, .*: run `apt-get update && apt-get install -y .* docker\.io /,
    );
    assert.deepEqual(log, ["no Docker daemon answers (not installed)"]);
  });
});
