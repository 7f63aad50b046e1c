// The warning at apply about a leave.verify that checks for an absence, and so succeeds without an answer, too.
import assert from "node:assert/strict";
import { checkLeaveVerify } from "../../../webhook/validation/checkLeaveVerify.ts";
import { renderGenericYaml } from "../../profileYaml.ts";
import { loadOrThrow } from "../profiles/faults.ts";

const verified = (...verify: readonly string[]): string[] => {
  const scaleDown = { policy: "Managed", minReplicas: 1, leave: { run: ["go"], verify } };
  const mq = loadOrThrow(renderGenericYaml("mq", { markers: { volume: "data" }, scaleDown })).get("mq");
  return mq === undefined ? ["no profile"] : checkLeaveVerify(mq);
};

describe("the check of leave.verify for an absence", () => {
  for (const text of [
    '! rabbitmqctl cluster_status | grep -q "$HOSTNAME"',
    "sleep 1; ! curl -s http://peer:8080/members | grep -q me",
    "set -e\n! ctl members | tail -n +2 | grep me",
    "if ! ctl members | grep -q me; then exit 0; fi; exit 1",
    "if ctl members | grep -q me; then exit 1; fi",
    "ctl members | grep -q me && exit 1; exit 0",
    'test -z "$(ctl members | grep me)"',
    '[ -z "$(ctl members)" ]',
    '[ ! -n "$(ctl members)" ]',
    '[ "$(ctl members | grep -c me)" = 0 ]',
    "test $(ctl members | grep -wc me) -eq 0",
  ]) {
    it(`warns of: ${text}`, () => {
      const [warning, ...more] = verified("/bin/sh", "-ec", text);
      assert.match(
        warning ?? "",
        /^rollcall RC146 leave-verify-negative: scaleDown\.leave\.verify of profile mq .*out=\$\(COMMAND\) && /,
      );
      assert.deepEqual(more, []);
    });
  }

  for (const text of [
    "ctl members | grep -q others",
    'out=$(ctl members) && echo "$out" | grep -q others && ! echo "$out" | grep -q me',
    "! test -e /data/member",
    "test -s /data/left",
    "ctl is-gone me",
    "ctl members | grep -q me || exit 1",
    '[ "$(ctl members | grep -c others)" -eq 2 ]',
  ]) {
    it(`accepts: ${text}`, () => assert.deepEqual(verified("sh", "-c", text), []));
  }

  it("ignores commands without a shell", () => {
    assert.deepEqual(verified("ctl", "!", "|", "grep"), []);
  });

  it("is fast for a hostile text", () => {
    const began = performance.now();
    for (const part of ["! a|", "$(a", "a|grep ", "test -z $(", "! "])
      verified("sh", "-c", part.repeat(50_000));
    assert.ok(performance.now() - began < 2_000);
  });
});
