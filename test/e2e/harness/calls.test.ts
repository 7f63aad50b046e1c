import assert from "node:assert/strict";
import { parseCallFailures } from "./calls.ts";

const NAME = "statefulsets.validate.rollcall.dev";
const PREFIX = `W1129 12:36:55.453806 1 dispatcher.go:217] Failed calling webhook, failing closed ${NAME}: failed calling webhook "${NAME}"`;
const URL = "https://rollcall.rollcall-system.svc:443/validate";

describe("a failed call in the API server's log", () => {
  const isCutShort = (reason: string): boolean | undefined =>
    parseCallFailures(`${PREFIX}: failed to call webhook: ${reason}`, new Map([[NAME, 10]]))[0]?.isCutShort;

  it("is cut short if it got less than the webhook's timeout", () => {
    assert.equal(isCutShort(`Post "${URL}?timeout=1s": context deadline exceeded`), true);
  });

  it("is cut short if the request's time was over before the call was sent", () => {
    assert.equal(isCutShort("context deadline exceeded"), true);
  });

  it("is the webhook's failure in all other cases", () => {
    assert.equal(isCutShort(`Post "${URL}?timeout=10s": context deadline exceeded`), false);
    assert.equal(
      isCutShort(`Post "${URL}?timeout=10s": dial tcp 10.0.0.1:443: connect: connection refused`),
      false,
    );
    assert.equal(isCutShort("the server is currently unable to handle the request"), false);
  });

  it("of another webhook is ignored", () => {
    const line =
      'W1129 dispatcher.go:217] Failed calling webhook, failing closed a.example.com: failed calling webhook "a.example.com": EOF';
    assert.deepEqual(parseCallFailures(line, new Map()), []);
  });
});
