// Health and readiness.
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

  it("/readyz is ok when requests can be answered", async () => {
    assert.deepEqual(await get("/readyz"), { status: 200, text: "ok\n" });
  });

  it("/readyz gives the reason in one sentence otherwise", async () => {
    why = "no profiles are loaded yet";
    assert.deepEqual(await get("/readyz"), { status: 503, text: "no profiles are loaded yet\n" });
  });

  it("/healthz stays ok in the meantime, since a restart would not help", async () => {
    why = "the CA is not published";
    assert.deepEqual(await get("/healthz"), { status: 200, text: "ok\n" });
  });

  it("another path gets a 404 that lists the existing ones", async () => {
    for (const path of ["/", "/mutate/", "/toString", "/__proto__", "/%"]) {
      const { status, text } = await get(path);
      assert.equal(status, 404, path);
      assert.match(text, /\/mutate, \/validate, \/healthz, \/readyz\n/);
    }
  });
});
