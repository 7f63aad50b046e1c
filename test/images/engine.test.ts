import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProcess } from "../../build/images/command.ts";
import {
  buildWithEngine,
  chooseEngine,
  type Engine,
  formatContainerfile,
} from "../../build/images/engine.ts";
import { ROOT } from "../../build/images/pins.ts";
import { makeSmallFolder } from "./makeSmallFolder.ts";

describe("an image by an engine", () => {
  it("is built from the folder alone", () => {
    assert.equal(
      formatContainerfile("webhook", { contents: "node 24, libc6 2.36", version: "1.2.3" }),
      `FROM scratch
COPY node /node
COPY lib /lib
COPY licenses/node.txt /licenses/node.txt
COPY licenses/libc6.txt /licenses/libc6.txt
COPY licenses/gcc.txt /licenses/gcc.txt
COPY webhook.mjs /webhook.mjs
COPY licenses/webhook.txt /licenses/webhook.txt
LABEL dev.rollcall.contents="node 24, libc6 2.36"
LABEL org.opencontainers.image.title="rollcall/webhook"
LABEL org.opencontainers.image.description="Rollcall's admission webhook"
LABEL org.opencontainers.image.version="1.2.3"
LABEL org.opencontainers.image.licenses="Apache-2.0"
USER 65532:65532
ENTRYPOINT ["/lib/ld.so","--library-path","/lib","/node","/webhook.mjs"]
`,
    );
  });

  it("is not required if archives are requested", async () => {
    assert.equal(await chooseEngine({ archive: true, push: false }), null);
  });

  it("fails clearly with exit code 2 if no engine can push", async () => {
    const words = [process.execPath, join(ROOT, "build/images/main.ts"), "--push"] as const;
    await assert.rejects(
      runProcess([...words], { env: { PATH: "/nowhere" } }),
      /ended with 2:\n--push needs docker or podman: install one, or start its daemon, and try again$/,
    );
  });

  it("gets its name, user, entry point and platform", async function () {
    this.timeout(60_000);
    const engine = await chooseEngine({ archive: false, push: false });
    // not `needs`: an engine is only one of two ways to build
    if (engine === null) this.skip();
    const reference = `registry.local/rollcall/init:test-${process.pid}`;
    const config = await builtConfig(engine, reference);
    assert.match(config, /"User": "65532:65532"/);
    assert.match(config, /"Entrypoint": \[\s*"\/rollcall"\s*\]/);
    assert.match(config, /"Architecture": "arm64"/);
    assert.match(config, /"dev.rollcall.contents": "small"/);
  });
});

/** The engine's description of an image that it built for arm64; the image is removed afterwards. */
async function builtConfig(engine: Engine, reference: string): Promise<string> {
  const folder = await makeSmallFolder();
  const scratch = await mkdtemp(join(tmpdir(), "rollcall-engine-"));
  try {
    await buildWithEngine(
      engine,
      { image: "init", references: [reference], arch: "arm64", folder, contents: "small", version: "1.2.3" },
      scratch,
    );
    return await runProcess([engine, "image", "inspect", reference]);
  } finally {
    await runProcess([engine, "image", "rm", "--no-prune", reference]);
    await rm(folder, { recursive: true });
    await rm(scratch, { recursive: true });
  }
}
