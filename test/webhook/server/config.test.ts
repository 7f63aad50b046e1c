// The configuration from the environment.
import assert from "node:assert/strict";
import { readConfig } from "../../../webhook/server/config.ts";

const NEEDED = { ROLLCALL_NAMESPACE: "rollcall-system", ROLLCALL_POD: "rollcall-1" };

function listConfigFaults(env: Readonly<Record<string, string>>): readonly string[] {
  const read = readConfig({ ...NEEDED, ...env });
  return "faults" in read ? read.faults : [];
}

describe("the configuration", () => {
  const DEFAULTS = {
    port: 8443,
    namespace: "rollcall-system",
    pod: "rollcall-1",
    service: "rollcall",
    secret: "rollcall-tls",
    configuration: "rollcall",
    certificate: "own",
    controllerUsers: [
      "system:serviceaccount:kube-system:statefulset-controller",
      "system:kube-controller-manager",
    ],
    clientCa: null,
    drainMs: 8_000,
    logLevel: "info",
  };

  it("has a default for everything except for the pod's name and namespace", () => {
    assert.deepEqual(readConfig(NEEDED), DEFAULTS);
  });

  it("treats an empty variable as missing", () => {
    const empty = { ROLLCALL_PORT: "", ROLLCALL_DRAIN_SECONDS: "", ROLLCALL_CONTROLLER_USERS: "" };
    assert.deepEqual(readConfig({ ...NEEDED, ...empty }), DEFAULTS);
  });

  it("reads the variables", () => {
    const read = readConfig({
      ...NEEDED,
      ROLLCALL_PORT: "9443",
      ROLLCALL_DRAIN_SECONDS: "0.5",
      ROLLCALL_CONTROLLER_USERS: "one, two,",
    });
    assert.ok(!("faults" in read));
    assert.deepEqual([read.port, read.drainMs, read.controllerUsers], [9443, 500, ["one", "two"]]);
  });

  it("accepts the callers' CA and names only together", () => {
    const read = readConfig({
      ...NEEDED,
      ROLLCALL_CLIENT_CA: "/ca.crt",
      ROLLCALL_CLIENT_NAMES: "kube-apiserver, b",
    });
    assert.ok(!("faults" in read));
    assert.deepEqual(read.clientCa, { path: "/ca.crt", names: ["kube-apiserver", "b"] });
    assert.match(
      listConfigFaults({ ROLLCALL_CLIENT_CA: "/ca.crt" })[0] ?? "",
      /^ROLLCALL_CLIENT_NAMES: missing/,
    );
    assert.match(listConfigFaults({ ROLLCALL_CLIENT_NAMES: "a" })[0] ?? "", /^ROLLCALL_CLIENT_CA: missing/);
    assert.match(
      listConfigFaults({ ROLLCALL_CLIENT_CA: "/ca.crt", ROLLCALL_CLIENT_NAMES: " , " })[0] ?? "",
      /has no names/,
    );
  });

  it("is frozen", () => {
    assert.ok(Object.isFrozen(readConfig(NEEDED)));
  });

  const GARBAGE: readonly [name: string, value: string, says: RegExp][] = [
    ["ROLLCALL_PORT", "tcp://10.0.0.1:443", /: "tcp:\/\/10\.0\.0\.1:443": .*number/],
    ["ROLLCALL_PORT", "70000", /65535/],
    ["ROLLCALL_PORT", "-1", /"-1"/],
    ["ROLLCALL_PORT", "80.5", /int/],
    ["ROLLCALL_DRAIN_SECONDS", "soon", /: "soon": .*number/],
    ["ROLLCALL_DRAIN_SECONDS", "301", /300/],
    ["ROLLCALL_LOG_LEVEL", "loud", /: "loud": .*"info"/],
    ["ROLLCALL_CONTROLLER_USERS", " , ", /has no names/],
    ["ROLLCALL_NAMESPACE", "", /expected string/],
    ["ROLLCALL_POD", "", /expected string/],
  ];
  for (const [name, value, says] of GARBAGE) {
    it(`reports in one line what is wrong with ${name}=${JSON.stringify(value)}`, () => {
      const wrong = listConfigFaults({ [name]: value });
      assert.equal(wrong.length, 1);
      assert.match(wrong[0] ?? "", says);
      assert.ok(wrong[0]?.startsWith(`${name}: `));
      assert.ok(!wrong[0]?.includes("\n"));
    });
  }

  it("reports all faults, one line for each variable", () => {
    const wrong = listConfigFaults({
      ROLLCALL_PORT: "x",
      ROLLCALL_DRAIN_SECONDS: "y",
      ROLLCALL_LOG_LEVEL: "z",
    });
    assert.deepEqual(
      wrong.map((line) => line.split(":")[0]),
      ["ROLLCALL_PORT", "ROLLCALL_DRAIN_SECONDS", "ROLLCALL_LOG_LEVEL"],
    );
  });
});
