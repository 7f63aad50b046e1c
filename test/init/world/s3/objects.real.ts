// The same table against versitygw, and cases that need a server that checks keys.
import assert from "node:assert/strict";
import { openObjects } from "../../../../init/world/openObjects.ts";
import { KEY_ENV, KEY_NAMES, KEYS, placeAt, SHORT } from "./place.ts";
import { describeObjects, type S3Server } from "./table.ts";
import { startVersitygw } from "./versitygw.ts";

describeObjects("versitygw", startVersitygw);

describe("keys that versitygw rejects", () => {
  let server: S3Server | null = null;
  before(async function () {
    this.timeout(60_000);
    server = await startVersitygw(this);
  });
  after(() => server?.stop());

  const CASES = [
    [
      "another's secret key",
      { [KEY_NAMES.secretAccessKey]: "sentinel-wrong" },
      "403 SignatureDoesNotMatch",
      "check the Secret",
    ],
    [
      "an unknown access key",
      { [KEY_NAMES.accessKeyId]: "AKIAWRONG" },
      "404 XAdminUserNotFound",
      "check the Secret",
    ],
  ] as const;
  for (const [what, env, code, advice] of CASES) {
    it(`cause a message with advice and without keys: ${what}`, async () => {
      const objects = await openObjects(placeAt(server?.url ?? ""), { ...KEY_ENV, ...env }, SHORT);
      const got = await objects.get("demo/web/web-0.json");
      assert.ok(got.is === "failed" && !got.isTransient, JSON.stringify(got));
      assert.match(
        got.why,
        new RegExp(`^bucket boot at http://127.0.0.1:\\d+: the answer is ${code}.*${advice}`),
      );
      for (const secret of [...Object.values(KEYS), ...Object.values(env)])
        assert.ok(!got.why.includes(secret), got.why);
      const put = await objects.put("demo/web/web-0.json", "x", "absent");
      assert.ok(put.is === "failed" && put.ends === "refused", JSON.stringify(put));
    });
  }

  it("reports a region that differs from the server's", async () => {
    const objects = await openObjects(placeAt(server?.url ?? "", { region: "eu-west-1" }), KEY_ENV, SHORT);
    const got = await objects.get("demo/web/web-0.json");
    assert.ok(got.is === "failed" && !got.isTransient, JSON.stringify(got));
    assert.match(got.why, /check the region/);
  });
});
