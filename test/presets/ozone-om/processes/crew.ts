// The members of a place: each is started by the runner, and must have joined as expected.
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { measureTime } from "./measureTime.ts";
import { type Member, makeMember, observeMemberRing, waitForMembers } from "./member.ts";
import type { RingPlace } from "./place.ts";
import type { RunningDaemon } from "./process.ts";

export interface Crew {
  readonly place: RingPlace;
  member(ordinal: number): Member;
  /** the daemon of a member */
  daemon(ordinal: number): RunningDaemon;
  /** names of the first `count` members */
  ids(count: number): string[];
  /** scales, runs the runner and the daemon of the last ordinal, and asserts that it has joined in this way */
  grow(ordinal: number, how: "seed" | "bootstrap"): Promise<void>;
  /** starts the runner, which must succeed, then the daemon; does not wait for the daemon */
  start(ordinal: number): Promise<void>;
  /** registers a daemon of a member that was started elsewhere */
  runs(ordinal: number, daemon: RunningDaemon): void;
}

export async function makeCrew(place: RingPlace, size: number): Promise<Crew> {
  const members = await Promise.all(Array.from({ length: size }, (_, ordinal) => makeMember(place, ordinal)));
  const daemons: RunningDaemon[] = [];
  const at = <T>(all: readonly T[], ordinal: number): T => {
    const found = all[ordinal];
    assert.ok(found, `there is nothing of ordinal ${ordinal}`);
    return found;
  };
  const crew: Crew = {
    place,
    member: (ordinal) => at(members, ordinal),
    daemon: (ordinal) => at(daemons, ordinal),
    ids: (count) => members.slice(0, count).map(({ id }) => id),
    grow: async (ordinal, how) => {
      const member = crew.member(ordinal);
      place.scale(ordinal + 1);
      daemons[ordinal] = await measureTime(`${member.id} up (${how})`, () => member.up());
      await waitForMembers(place, crew.ids(ordinal + 1));
      await mustHaveJoined(crew, ordinal, how);
      assert.deepEqual(place.record()?.ring?.members, crew.ids(ordinal + 1));
    },
    start: async (ordinal) => {
      const member = crew.member(ordinal);
      assert.equal(await member.init().ended, 0, await member.message());
      daemons[ordinal] = member.plain();
    },
    runs: (ordinal, daemon) => {
      daemons[ordinal] = daemon;
    },
  };
  return crew;
}

/** Asserts that the marker states how it joined, with three pieces of evidence. */
export async function mustHaveJoined(crew: Crew, ordinal: number, how: "seed" | "bootstrap"): Promise<void> {
  const [step] = (await crew.member(ordinal).marker())?.steps ?? [];
  assert.equal(step?.name, how);
  assert.match(
    step.evidence,
    /lists it in term \d+ and in its RatisRoles, and its raft-meta\.conf at index \d+/,
  );
}

/** Stops all daemons, and starts them in this order; the first is alone for a while and cannot become leader. */
export async function restart(crew: Crew, order: readonly number[]): Promise<void> {
  await Promise.all(order.map((ordinal) => crew.daemon(ordinal).end()));
  const [alone = 0, ...others] = order;
  await crew.start(alone);
  await setTimeout(5_000);
  assert.equal((await observeMemberRing(crew.place)).is, "leaderless");
  for (const ordinal of others) await crew.start(ordinal);
  await waitForMembers(crew.place, crew.ids(order.length));
}
