// Properties that must always hold (docs/research/testing.md#properties): after every crash, and at the end.
import { readMarker } from "../../init/contract/marker.ts";
import type { Plan } from "../../init/contract/plan.ts";
import {
  computeReleaseId,
  RECORD_ANNOTATION,
  readRecord,
  recordLease,
  type WorkloadRecord,
} from "../../init/contract/record.ts";
import type { SimPlace } from "./place.ts";
import type { RunnerStart } from "./pod.ts";
import { MARKER_ROOT } from "./shapes.ts";

/** Replaces secrets in the simulation; it must not appear in the log. */
export const SECRET_SENTINEL = "s3cr3t-sentinel";

export function check(holds: boolean, what: () => string): void {
  if (!holds) throw new Error(what());
}

/** The record as the guard would read it; null if there is none yet. */
export function readSimRecord({ api }: Pick<SimPlace, "api">): WorkloadRecord | null {
  const lease = api.lease(recordLease("web"));
  if (lease === undefined) return null;
  const { annotations } = lease.metadata as { annotations?: { [name: string]: string } };
  const text = annotations?.[RECORD_ANNOTATION];
  // content by another client, not by the runner
  if (text === undefined || text.includes(SECRET_SENTINEL)) return null;
  const read = readRecord(text);
  check("record" in read, () => `P1: the record is torn: ${"wrong" in read ? read.wrong : ""}`);
  return "record" in read ? read.record : null;
}

function readMarkers({ disk, bucket }: Pick<SimPlace, "disk" | "bucket">, pod: string): string[] {
  const texts = [disk.read(`${MARKER_ROOT}/.rollcall/${pod}.json`), bucket.text(`p/demo/web/${pod}.json`)];
  return texts.filter((text) => text !== undefined);
}

/** P1: markers are complete or absent; P2: verify confirms every marker; P9: the log contains no secrets. */
export function assertAfterCut(
  place: Pick<SimPlace, "disk" | "bucket" | "api" | "app">,
  plan: Plan,
  start: RunnerStart,
): void {
  const { pod } = plan.identity;
  for (const text of readMarkers(place, pod)) {
    // content from before the runner may remain
    if (text.includes(SECRET_SENTINEL)) continue;
    const reading = readMarker(text);
    check(reading.is === "whole", () => `P1: the marker is ${reading.is}: ${text.slice(0, 80)}`);
    if (reading.is !== "whole") continue;
    const { release, steps } = reading.marker;
    for (const { name } of steps) {
      const scope = plan.steps.find((step) => step.name === name)?.scope;
      const key = scope === "release" ? `${release}/${name}` : `${pod}/${name}`;
      check(place.app.wasDone(key), () => `P2: ${name} is marked, but was never done`);
    }
  }
  checkRecord(place, plan);
  check(place.app.overlaps.length === 0, () => `P3: ${place.app.overlaps.join("; ")}`);
  for (const line of start.log)
    check(!line.includes(SECRET_SENTINEL), () => `P9: a log line holds a secret: ${line}`);
}

function checkRecord(place: Pick<SimPlace, "api" | "app">, plan: Plan): void {
  const record = readSimRecord(place);
  if (record?.release?.id !== computeReleaseId(plan) || record.releasing !== undefined) return;
  for (const { name, scope } of plan.steps) {
    const isDone = scope !== "release" || place.app.wasDone(`${plan.release}/${name}`);
    check(isDone, () => `P2: the release is recorded as done, but ${name} never was`);
  }
}

/** P3: the fencing tokens with which the record was set to state that a release is done. */
export function countSuccesses({ api }: Pick<SimPlace, "api">, id: string): number[] {
  const fences: number[] = [];
  let wasDone = false;
  for (const { name, annotations } of api.history) {
    if (name !== recordLease("web")) continue;
    const read = readRecord(annotations[RECORD_ANNOTATION] ?? "");
    if ("wrong" in read) continue;
    const { release, releasing } = read.record;
    const isDone = release?.id === id && releasing === undefined;
    if (isDone && !wasDone) fences.push(release.fence);
    wasDone = isDone;
  }
  return fences;
}

/** At the end every release step is done exactly once, and recorded. */
export function assertAtEnd(place: SimPlace, plan: Plan): void {
  for (const { name, scope } of plan.steps) {
    if (scope !== "release") continue;
    const runs = place.app.runs.filter(
      (run) => run.step === name && run.release === plan.release && run.completed && !run.wasFrozen,
    );
    check(runs.length <= 1, () => `P3: release step ${name} succeeded ${runs.length} times`);
  }
  const needsRelease = plan.steps.some(({ scope }) => scope === "release");
  const record = readSimRecord(place);
  check(
    !needsRelease || record?.release?.id === computeReleaseId(plan),
    () => "P3: the release is done and not recorded",
  );
  check(record?.releasing === undefined, () => "P3: the release is done, but recorded as begun");
  check(readMarkers(place, plan.identity.pod).length > 0, () => "P1: all is done and there is no marker");
}
