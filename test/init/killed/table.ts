// kill -9 and SIGSTOP of the real runner, as one table for every S3 server (docs/research/testing.md#real-processes).
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { needsPrograms, needsRoot } from "../../requirements.ts";
import { rollDice } from "../../sim/seeds.ts";
import type { S3Server } from "../world/s3/table.ts";
import { makeStart, type StartOptions } from "./process.ts";
import {
  awaitAll,
  createRoundTally,
  killRound,
  measure,
  type Rounds,
  type RoundTally,
  stopRound,
} from "./rounds.ts";
import { type KillSite, makeSite } from "./site.ts";

export interface KilledInput {
  server: string;
  start: (context: Mocha.Context) => Promise<Pick<S3Server, "url" | "stop">>;
  kills: number;
  stops: number;
  /** number of stopped runners at once: waiting for them uses no CPU time */
  lanes: number;
  minutes: number;
}

/** Kills of one pod's runner for each release. */
const KILLS_A_ROUND = 4;

export function describeKilled(input: KilledInput): void {
  describe(`the bundled runner, killed and paused, with markers in ${input.server}`, function () {
    this.timeout(input.minutes * 60_000);
    let server: Pick<S3Server, "url" | "stop"> | null = null;
    let folder = "";
    let start: StartOptions = { argv: [], hasLauncher: false };
    const sites: KillSite[] = [];
    before(async function () {
      needsRoot(this);
      needsPrograms(this, ["unshare"]);
      server = await input.start(this);
      folder = await mkdtemp(join(tmpdir(), "rollcall-killed-"));
      start = await makeStart(folder);
    });
    after(async () => {
      for (const site of sites) await site.close();
      await server?.stop();
      if (folder !== "") await rm(folder, { recursive: true, force: true });
    });

    const seed = fc.readConfigureGlobal().seed ?? 0;
    let lane = 0;
    const open = async (observation: RoundTally): Promise<Rounds> => {
      lane += 1;
      const site = await makeSite({
        folder: join(folder, `lane-${lane}`),
        s3Url: server?.url ?? "",
        prefix: `lane-${lane}`,
        lock: lane % 2 === 1 ? "s3" : "lease",
      });
      sites.push(site);
      return { site, start, dice: rollDice(seed + lane), seen: observation };
    };

    it(`ends with correct markers after ${input.kills} kill -9 at random times`, async () => {
      const observation = createRoundTally();
      const lanes = [await open(observation), await open(observation)];
      for (const rounds of lanes) await measure(rounds);
      for (let round = 0; observation.kills < input.kills; round += 1) {
        const kills = Math.min(KILLS_A_ROUND, Math.ceil((input.kills - observation.kills) / 2));
        const rounds = lanes[round % lanes.length];
        if (rounds !== undefined) await killRound(rounds, `image:${round}`, kills);
      }
      console.log(`      ${tell(observation)} (ROLLCALL_SEED=${seed})`);
      assert.ok(observation.kills >= input.kills);
    });

    it(`records one success after ${input.stops} pauses (SIGSTOP) longer than the lease duration`, async () => {
      const observation = createRoundTally();
      const lanes = await Promise.all(Array.from({ length: input.lanes }, () => open(observation)));
      for (const rounds of lanes) await measure(rounds);
      let round = 0;
      await awaitAll(
        lanes.map(async (rounds) => {
          while (observation.stops + lanes.length <= input.stops || observation.stops < input.stops)
            await stopRound(rounds, `image:${round++}`);
        }),
      );
      console.log(`      ${tell(observation)} (ROLLCALL_SEED=${seed})`);
      assert.ok(observation.stops >= input.stops);
    });
  });
}

const tell = ({ releases, starts, kills, stops, takeovers, losses, usualMs }: RoundTally): string =>
  `${kills} kills and ${stops} stops of ${starts} starts (${usualMs} ms each) for ${releases} releases: ` +
  `${takeovers} locks taken over, ${losses} lost ones noticed`;
