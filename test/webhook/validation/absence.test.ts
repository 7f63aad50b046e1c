// The warning at apply about a leave.verify that proves nothing: it succeeds without an answer, too, or always.
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
    "ctl members | ( ! grep -q me )",
    "ctl members | tail -n +2 | (! grep -q me)",
    "sleep 1 && ctl members | { ! grep -q me; }",
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
    "ctl members | grep -qv me",
    'set -e; rabbitmqctl -q cluster_status | grep -q -v "$HOSTNAME"',
    "ctl list-peers --all | egrep --invert-match me",
    "kubectl get nodes | grep -v me",
  ]) {
    it(`warns that any other line is enough for: ${text}`, () => {
      assert.match(
        verified("sh", "-c", text).join(),
        /^rollcall RC146 leave-verify-negative: [^,]* succeeds as soon as the list has any other line \(grep -v\), /,
      );
    });
  }

  const CANNOT_FAIL: (readonly string[])[] = [
    ["true"],
    ["/bin/true"],
    ["echo", "left"],
    ["sleep", "10"],
    ["sh", "-c", "true"],
    ["sh", "-ec", "exit 0"],
    ["sh", "-c", ":"],
    ["sh", "-c", "echo left"],
    ["sh", "-c", "ctl is-gone me || true"],
    ["sh", "-ec", "ctl is-gone me || true"],
    ["bash", "-c", "ctl is-gone me; exit 0"],
    ["sh", "-c", "ctl members | grep me\ntrue\n"],
  ];
  for (const argv of CANNOT_FAIL) {
    it(`warns that it cannot fail: ${JSON.stringify(argv)}`, () => {
      assert.match(
        verified(...argv).join(),
        /^rollcall RC146 leave-verify-negative: scaleDown\.leave\.verify of profile mq cannot fail, so it proves nothing: [^|]*$/,
      );
    });
  }

  const SENSIBLE: (readonly string[])[] = [
    ["sh", "-ec", "ctl is-gone me; true"],
    ["sh", "-e", "-c", "ctl is-gone me\nexit 0"],
    ["bash", "-o", "errexit", "-c", "ctl is-gone me; true"],
    ["sh", "-ec", "ctl is-up; ctl is-gone me || true"],
    ["bash", "-o", "pipefail", "-c", "ctl members | ( ! grep -q me )"],
    ["test", "-e", "/data/left"],
    ["/app/true-left"],
    ["sh", "/scripts/verify.sh"],
  ];
  for (const argv of SENSIBLE)
    it(`accepts: ${JSON.stringify(argv)}`, () => assert.deepEqual(verified(...argv), []));

  for (const text of [
    "ctl members | grep -q others",
    // one line, such as the name of the leader, for which grep -v tells something
    "ctl leader | grep -qv me",
    "ctl status me | grep -qv running",
    "ctl count-members | grep -qv '^0$'",
    "etcdctl member list -w json | grep -qv me",
    'ctl members | grep -qv me && out=$(ctl members) && ! echo "$out" | grep -q me',
    "ctl members | grep -v '^NAME' | grep -q others",
    "set -o pipefail; ctl members | ( ! grep -q me )",
    'out=$(ctl members) && echo "$out" | ( ! grep -q me )',
    'out=$(ctl members) && echo "$out" | sort | ( ! grep -q me )',
    'out=$(ctl members) || exit 1; echo "$out" | sort | grep -q me && exit 1; exit 0',
    "ctl is-gone me || exit 1; true",
    "ctl is-gone me && exit 0; exit 1",
    "set -e; ctl is-gone me; true",
    "until ctl is-gone me; do sleep 1; done; true",
    "ctl is-up &&\ntrue",
    "ctl is-gone me # or else; true",
    "if ctl is-gone me; then true; else false; fi",
    "ctl is-gone me && true",
    'ctl is-gone "a || true"',
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
    const began = process.cpuUsage();
    for (const part of [
      "! a|",
      "$(a",
      "a|grep ",
      "test -z $(",
      "! ",
      "a|(!",
      "set a;",
      "list|grep -v ",
      "; true",
      "|| ",
    ])
      verified("sh", "-c", part.repeat(50_000));
    const { user, system } = process.cpuUsage(began);
    assert.ok(user + system < 2_000_000, `${user + system} µs`);
  });
});
