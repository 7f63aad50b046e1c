// webhook/main.ts as a real process that cannot start.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../../webhook/main.ts", import.meta.url));

interface ProcessEnd {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function start(env: Readonly<Record<string, string>>): Promise<ProcessEnd> {
  const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  return { code: child.exitCode, stdout, stderr };
}

describe("the server's process", () => {
  let broken: Promise<ProcessEnd>;
  let outside: Promise<ProcessEnd>;
  before(() => {
    broken = start({ ROLLCALL_NAMESPACE: "x", ROLLCALL_PORT: "https" });
    outside = start({ ROLLCALL_NAMESPACE: "x", ROLLCALL_POD: "y" });
  });

  it("exits with 2 and a line for each invalid variable", async () => {
    const { code, stdout, stderr } = await broken;
    assert.equal(code, 2);
    assert.equal(stdout, "");
    const lines = stderr.trimEnd().split("\n");
    assert.equal(lines.length, 2, stderr);
    assert.match(lines[0] ?? "", /^rollcall: the environment is wrong: ROLLCALL_PORT: "https": /);
    assert.match(lines[1] ?? "", /^rollcall: the environment is wrong: ROLLCALL_POD: /);
  });

  it("exits with 1 outside a cluster, and logs the reason in one line", async () => {
    const { code, stdout } = await outside;
    assert.equal(code, 1);
    const last: Record<string, unknown> = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
    assert.equal(last["level"], "fatal");
    assert.match(
      String(last["msg"]),
      /^rollcall cannot start: this is the admission webhook, which runs in a pod of a cluster .* missing here: KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT, /,
    );
    assert.ok(!("err" in last), "a stack tells nobody what is missing");
  });
});
