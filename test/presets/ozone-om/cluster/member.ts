// One member in its pod: its marker, what the runner did at its start, and whether it is in the same ring as the
// others.
import assert from "node:assert/strict";
import { buildMarkerPath, type Marker, readMarker } from "../../../../init/contract/marker.ts";
import { MARKER_MOUNT } from "../../../../init/contract/places.ts";
import type { ArchiveReport } from "../../../../presets/ozone-om/runner/om.ts";
import { waitUntilPasses } from "../../../e2e/harness/eventually.ts";
import type { Kubectl } from "../../../e2e/harness/kubectl.ts";
import { buildExecWords, readRingRecord, readRingReport } from "./ring.ts";

/** The default in profiles. */
const MARKERS = ".rollcall";

/** A member's complete marker. */
export async function readMemberMarker(k: Kubectl, pod: string): Promise<Marker> {
  const path = buildMarkerPath(`${MARKER_MOUNT}/${MARKERS}`, pod);
  const read = readMarker(await k.run(["exec", pod, "-c", "om", "--", "cat", path]));
  assert.ok(read.is === "whole", `the marker of ${pod} is ${read.is}`);
  return read.marker;
}

/** The log of `rollcall-init` since the pod's last start. */
export const readInitLog = (k: Kubectl, pod: string): Promise<string> =>
  k.run(["logs", pod, "-c", "rollcall-init"]);

/** In these pods only the application's own daemon of Ozone was started. */
export async function assertNothingBootstrapped(k: Kubectl, pods: readonly string[]): Promise<void> {
  for (const name of pods) {
    assert.doesNotMatch(await readInitLog(k, name), /\[(bootstrap|finish|seed|init)\]/, name);
  }
}

/** All members report the same leader and ring, and the record agrees. */
export async function mustBeOneRing(k: Kubectl, members: readonly string[], set = "om"): Promise<void> {
  await mustAgree(k, members);
  const { ring } = await readRingRecord(k, set);
  assert.deepEqual([ring?.seed, ring?.members.toSorted()], [`${set}-0`, members.toSorted()]);
}

/** Seconds until an election has passed on a busy machine, and every member has answered in time. */
const AGREEMENT = 120;

/** Waits until all members report the same leader and ring. */
export async function mustAgree(k: Kubectl, members: readonly string[]): Promise<void> {
  const wanted = [...members].sort();
  await waitUntilPasses(async () => {
    const told = await Promise.all(members.map((pod) => readRingReport(k, pod)));
    for (const [index, { ring, why }] of told.entries()) {
      assert.deepEqual(ring?.members.map(({ id }) => id).sort(), wanted, why ?? members[index]);
      assert.equal(ring?.leader, told[0]?.ring?.leader, members[index]);
    }
  }, AGREEMENT);
}

/** The periods in which these members joined, from taking the lock to the marker. They must not overlap (I7). */
export async function mustHaveJoinedInTurn(k: Kubectl, members: readonly string[]): Promise<void> {
  const joins = await Promise.all(
    members.map(async (pod) => {
      const [step] = (await readMemberMarker(k, pod)).steps;
      assert.equal(step?.name, "bootstrap", pod);
      return { pod, began: Date.parse(step.startedAt), ended: Date.parse(step.finishedAt) };
    }),
  );
  joins.sort((a, b) => a.began - b.began);
  for (const [index, { pod, began }] of joins.entries()) {
    const before = joins[index - 1];
    assert.ok(before === undefined || before.ended <= began, `${pod} began before ${before?.pod} was marked`);
  }
  const words = joins.map(({ pod, began, ended }) => `${pod} in ${((ended - began) / 1000).toFixed(1)} s`);
  console.log(`      one after the other: ${words.join(", ")}`);
}

/** The archived states on a member's volume. */
export async function readMemberArchives(k: Kubectl, pod: string): Promise<ArchiveReport["items"]> {
  return (
    JSON.parse(await k.run(buildExecWords(pod, "om", "archive", "list", "-o", "json"))) as ArchiveReport
  ).items;
}
