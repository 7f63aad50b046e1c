// A case that only our stand-in for an S3 server can play: ignored conditions. The table of faults takes minutes, and
// runs against a real server in faulty.real.ts.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleRunner } from "../bundleRunner.ts";
import { type StandIn, startStandIn } from "../world/s3/standIn.ts";
import { runOver } from "./runs.ts";

describe("the bundled runner on an S3 server without conditional writes", function () {
  this.timeout(60_000);
  let server: StandIn;
  let folder = "";
  before(async () => {
    server = await startStandIn({ conditions: "ignored" });
    folder = await mkdtemp(join(tmpdir(), "rollcall-conditions-"));
  });
  after(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("keeps its marker there, because it reads back each write", async () => {
    const program = await bundleRunner(join(folder, "bundle"));
    const end = await runOver({ program, folder, s3Url: server.url, prefix: "p", chooseFault: () => null });
    assert.equal(end.code, 0, end.log);
    assert.ok(server.objects.get("p/demo/web/web-1.json"));
  });
});
