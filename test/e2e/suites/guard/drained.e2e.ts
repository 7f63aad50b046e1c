// Policy Drained: the command from the denial is run literally, and then the same request passes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { TIMEOUT } from "../../harness/eventually.ts";
import { assertDenied, assertPassed, bindMembers, start } from "../../harness/guarded.ts";
import type { Kubectl, KubectlOutcome } from "../../harness/kubectl.ts";
import { makeSpace, type Space, waitUntilReady } from "../../harness/space.ts";

describe("the guard, with scaleDown.policy Drained", () => {
  let space: Space;
  let k: Kubectl;
  before(async () => {
    space = await makeSpace("guard-drained");
    k = space.k;
    await bindMembers(space);
    await start(k, { name: "web", profile: "drained" });
  });
  after(() => space.remove());

  const scale = (replicas: number): Promise<KubectlOutcome> =>
    k.try(["scale", "statefulset/web", `--replicas=${replicas}`]);

  /** The commands in a denial, as a user would copy them. */
  const commandsIn = ({ stderr }: KubectlOutcome): string[] =>
    stderr
      .split("\n")
      .filter((line) => line.startsWith("  kubectl"))
      .map((line) => line.trim());

  function paste(command: string): Promise<{ code: number | null; output: string }> {
    const { kubeconfig, kubectl } = space.access;
    const child = spawn("sh", ["-c", command.replace(/^kubectl/, `"${kubectl}"`)], {
      env: { ...process.env, KUBECONFIG: kubeconfig },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
  }

  it("denies until the pods are drained with the command from the denial", async () => {
    const said = await scale(2);
    assertDenied(said, "RC013");
    const commands = commandsIn(said);
    assert.equal(commands.length, 1, said.stderr);
    const done = await paste(commands[0] ?? "");
    assert.equal(done.code, 0, done.output);
    assertPassed(await scale(2));
    await k.run(["wait", "--for=delete", "pod/web-2", TIMEOUT]);
  });

  it("does not accept a drained pod that was recreated since", async () => {
    const [command = ""] = commandsIn(await scale(1));
    assert.equal((await paste(command)).code, 0);
    await k.run(["delete", "pod", "web-1", "--wait=true"]);
    await waitUntilReady(k, "web-1");
    const said = await scale(1);
    assertDenied(said, "RC013");
    assert.match(said.stderr, /web-1 \(/);
  });
});
