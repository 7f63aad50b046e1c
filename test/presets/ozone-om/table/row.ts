// A row of the decision table for tests: an observation, and the expected decision.
import type { JoinDecision } from "../../../../init/engine/ring/joinDecision.ts";
import type { OzoneObservation } from "../../../../presets/ozone-om/runner/context.ts";
import { buildObservation, buildWholeDisk, FRESH } from "../seen.ts";

export interface Row {
  readonly shows: string;
  readonly observation: OzoneObservation;
  readonly decision: JoinDecision["do"];
  /** a part of its message, or of its other fields as JSON */
  readonly says: string;
}

export const defineRow = (
  shows: string,
  changes: Partial<OzoneObservation>,
  decision: JoinDecision["do"],
  says: string,
): Row => ({
  shows,
  observation: buildObservation(changes),
  decision,
  says,
});

export const TWO = ["om-0", "om-1"] as const;
export const seed = { me: "om-0" } as const;
export const ownVersion = { clusterID: "CID-1", omUuid: "u-0", nodeId: "om-0" };
export const whole = buildWholeDisk(...TWO);
export const evicted = { ...FRESH, tombstone: { finished: false }, hasTraces: true };
export const left = { ...FRESH, tombstone: { finished: true }, hasTraces: true };
export const foreign = { ...whole, foreignGroups: ["fb56c6cf-da5b-3fd1-b669-7c125dc11863"] };
export const markAsSeed = <T extends OzoneObservation["disk"]>(disk: T): T =>
  disk.version === null ? disk : { ...disk, version: ownVersion };
