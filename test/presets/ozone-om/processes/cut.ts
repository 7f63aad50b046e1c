// Kills a joining pod when a certain log line appears: the runner and its daemon end at once, as when the container is
// killed or the node loses power.
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import type { Member } from "./member.ts";
import type { RunningDaemon } from "./process.ts";

const PATIENCE_MS = 180_000;
/** Short, since a stage takes a few tenths of a second. */
const LOOK_EVERY_MS = 5;

export interface Cut {
  /** whose log contains the line */
  readonly told: "joiner" | "leader";
  readonly line: string;
}

/** Starts the runner of a member, and kills it when the line appears. @returns the runner's output until then */
export async function cutOff(member: Member, leader: RunningDaemon, { told, line }: Cut): Promise<string> {
  const skipped = leader.printed().length;
  const joiner = member.init();
  const isTold = (): boolean =>
    told === "joiner" ? joiner.printed().includes(line) : leader.printed().slice(skipped).includes(line);
  // stopped at the line, since the stage could be over at the next poll
  const stop = (): void => {
    if (isTold()) joiner.child.kill("SIGSTOP");
  };
  const { stdout, stderr } = (told === "joiner" ? joiner : leader).child;
  for (const stream of [stdout, stderr]) stream?.on("data", stop);
  const end = Date.now() + PATIENCE_MS;
  while (!isTold()) {
    const { exitCode, signalCode } = joiner.child;
    assert.deepEqual(
      [exitCode, signalCode],
      [null, null],
      `the runner ended before: ${await member.message()}`,
    );
    assert.ok(Date.now() < end, `the ${told} never printed ${JSON.stringify(line)}`);
    await setTimeout(LOOK_EVERY_MS);
  }
  for (const stream of [stdout, stderr]) stream?.off("data", stop);
  await member.kill(joiner);
  assert.equal(await joiner.ended, "SIGKILL");
  return joiner.printed();
}
