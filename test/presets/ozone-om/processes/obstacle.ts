// What keeps a new member from joining, as a leader reports it and as the runner of the new member says it.
import assert from "node:assert/strict";
import { askSoftware, type ReportedSoftware } from "../../../../presets/ozone-om/runner/ask.ts";
import { readOzone } from "../plan.ts";
import { SERVICE_ID } from "./conf.ts";
import type { Crew } from "./crew.ts";
import { waitForMembers } from "./member.ts";
import { openPlaceWeb, waitUntil } from "./place.ts";
import type { RunningDaemon } from "./process.ts";

export const reportSoftware = ({ place, member }: Crew, id: string): Promise<ReportedSoftware> =>
  askSoftware(readOzone(member(0).plan), id, openPlaceWeb(place));

/** Starts `ozone admin om …` with the configuration of a member, as in its container. */
export const startOmAdmin = ({ place, member }: Crew, word: string): RunningDaemon =>
  place.start(`admin-${word}`, ["admin", "om", word, `--service-id=${SERVICE_ID}`], member(0).conf);

export async function runOmAdmin(crew: Crew, word: string): Promise<void> {
  const running = startOmAdmin(crew, word);
  assert.equal(await running.ended, 0, running.printed());
}

/** Starts the runner of a new member, which must wait for this and start no daemon. */
export async function mustWaitFor(crew: Crew, ordinal: number, what: RegExp): Promise<RunningDaemon> {
  crew.place.scale(ordinal + 1);
  const member = crew.member(ordinal);
  const running = member.init();
  const find = (): string | undefined =>
    running
      .printed()
      .split("\n")
      .find((line) => what.test(line));
  await waitUntil(`${member.id} to wait for ${what}`, 90, () => find() !== undefined);
  console.log(`      ${find()}`);
  await waitForMembers(crew.place, crew.ids(ordinal));
  assert.doesNotMatch(running.printed(), /\[bootstrap\]/);
  return running;
}
