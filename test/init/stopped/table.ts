// SIGTERM at any time, as the kubelet sends it when a pod is deleted: to the launcher, which is process 1 of the
// container. Whatever the runner is doing, it gets the signal and waits for its step, and its exit code and markers
// state what was done.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { EXIT } from "../../../init/contract/exit.ts";
import { needsPrograms, needsRoot } from "../../requirements.ts";
import { rollDice } from "../../sim/seeds.ts";
import { makeStart, type StartOptions } from "../killed/process.ts";
import { checkStop, openRound, type Round, startIn, WHERE } from "./round.ts";

export interface StoppedInput {
  /** number of signals, half of them to process 1 of a namespace and half to an ordinary process */
  stops: number;
  minutes: number;
}

export function describeStopped({ stops, minutes }: StoppedInput): void {
  describe("a runner that is stopped by SIGTERM", function () {
    this.timeout(minutes * 60_000);
    let folder = "";
    let start: StartOptions = { argv: [], hasLauncher: false };
    before(async function () {
      needsRoot(this);
      needsPrograms(this, ["unshare"]);
      folder = await mkdtemp(join(tmpdir(), "rollcall-stopped-"));
      start = await makeStart(folder);
    });
    after(() => (folder === "" ? undefined : rm(folder, { recursive: true, force: true })));

    const seed = fc.readConfigureGlobal().seed ?? 0;

    const open = (name: string, isProcess1: boolean): Promise<Round> =>
      openRound({ folder, start, name: `${name}-${isProcess1}-${seed}`, isProcess1 });

    for (const [where, isProcess1] of WHERE) {
      it(`waits for its step, leaves no process and marks only completed steps, as ${where}`, async () => {
        const chance = rollDice(seed);
        const usual = await (await startIn(await open("measured", isProcess1))).ended;
        assert.equal(usual.code, EXIT.done, usual.log);
        const usualMs = Math.ceil(usual.seconds * 1000);
        const codes = new Map<number | null, number>();
        for (let index = 0; index < stops / 2; index += 1) {
          // every fourth signal while Node.js starts
          const milliseconds = chance(index % 4 === 0 ? 60 : usualMs);
          const code = await checkStop(await open(`round-${index}`, isProcess1), milliseconds);
          codes.set(code, (codes.get(code) ?? 0) + 1);
        }
        const told = [...codes].map(([code, times]) => `${times} with ${code}`).sort();
        console.log(`      ended ${told.join(", ")} (${usualMs} ms each, ROLLCALL_SEED=${seed})`);
      });
    }
  });
}
