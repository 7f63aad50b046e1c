// Runs the commands in a message of Rollcall by a shell, like a user who pastes them into a terminal.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { Access } from "../../../e2e/harness/kubectl.ts";

/** Runs the lines that begin with kubectl in order, each once, since describe may show them twice. */
export async function runPastedCommands(
  message: string,
  { kubeconfig, kubectl: program }: Access,
): Promise<void> {
  const lines = message.split("\n").map((line) => line.trim());
  const commands = [...new Set(lines.filter((line) => line.startsWith("kubectl ")))];
  assert.ok(commands.length > 0, message);
  const script = `kubectl() { "${program}" --kubeconfig "${kubeconfig}" "$@"; }\nset -e\n${commands.join("\n")}\n`;
  const child = spawn("bash", ["-c", script], { stdio: ["ignore", "inherit", "inherit"] });
  const code = await new Promise((done) => child.once("close", done));
  assert.equal(code, 0, commands.join("\n"));
}
