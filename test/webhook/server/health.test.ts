// What is not admission: health and readiness.
import assert from "node:assert/strict";
import { allowRequest } from "../../../webhook/admission/answer.ts";
import { type ServingTest, serve, stopServers } from "./serving.ts";

describe("health", () => {
  let serving: ServingTest;
  let why: string | null = null;
  before(async () => {
    serving = await serve({ routes: { "/mutate": () => allowRequest() }, whyNotReady: () => why });
  });
  beforeEach(() => {
    why = null;
  });
  after(stopServers);
  const get = async (path: string) => {
    const { status, text } = await serving.ask({ path });
    return { status, text };
  };

  it("/readyz is ok when requests can be taken", async () => {
    assert.deepEqual(await get("/readyz"), { status: 200, text: "ok\n" });
  });

  it("/readyz says in a sentence why not", async () => {
    why = "no profiles are loaded yet";
    assert.deepEqual(await get("/readyz"), { status: 503, text: "no profiles are loaded yet\n" });
  });

  it("/healthz stays ok meanwhile: a restart would help nobody", async () => {
    why = "the CA is not published";
    assert.deepEqual(await get("/healthz"), { status: 200, text: "ok\n" });
  });

  it("another path is a 404 that names those there are", async () => {
    for (const path of ["/", "/mutate/", "/toString", "/__proto__", "/%"]) {
      const { status, text } = await get(path);
      assert.equal(status, 404, path);
      assert.match(text, /\/mutate, \/validate, \/healthz, \/readyz\n/);
    }
  });
});
