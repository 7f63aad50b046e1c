// What an Ozone Manager does when its pod starts: the core's decision for the state of its volume.
import { decideJoin } from "../../../init/engine/ring/decideJoin.ts";
import type { JoinDecision } from "../../../init/engine/ring/joinDecision.ts";
import type { RingWords } from "../../../init/engine/ring/observation.ts";
import type { OzoneObservation } from "./context.ts";
import { findMismatch } from "./findMismatch.ts";
import { classifyDisk } from "./read/disk.ts";

const WORDS: RingWords = { command: "om", authority: { one: "an SCM", none: "no SCM" } };

export function decideMember(observation: OzoneObservation): JoinDecision {
  const { disk } = observation;
  const state = { standing: classifyDisk(disk), joining: disk.joining, mismatch: findMismatch(observation) };
  return decideJoin({ ...observation, ...state, words: WORDS });
}
