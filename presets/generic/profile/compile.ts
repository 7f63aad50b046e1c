// Compiles a profile of type Generic.

import { isLeft } from "../../../init/contract/plan.ts";
import { compileMarkers, LOCK_SECONDS } from "../../../webhook/profiles/markers.ts";
import type { PlacementSettings } from "../../../webhook/profiles/placing.ts";
import { NUMBERS_ONLY } from "../../../webhook/profiles/preset.ts";
import type { PresetSettings, RunnerSpec } from "../../../webhook/profiles/profile.ts";
import { compileRange } from "../../../webhook/profiles/range.ts";
import { compileRunnerS3 } from "../../../webhook/profiles/s3.ts";
import { listS3Variables } from "../../../webhook/profiles/s3Env.ts";
import { compileLeave, compileScaleDown, POLICIES } from "../../../webhook/profiles/scaleDown.ts";
import { compileStep } from "../../../webhook/profiles/steps.ts";
import { compileTemplate } from "../../../webhook/profiles/template.ts";
import type { GenericSpec } from "./schema.ts";

export function compileGeneric(written: GenericSpec, placing: PlacementSettings): PresetSettings {
  return {
    ...NUMBERS_ONLY,
    containers: written.containers,
    nodeId: { env: written.nodeID.env, value: "number", ...compileRange(written.nodeID) },
    env: written.env.map(({ name, value }) => ({ name, value: compileTemplate(value) })),
    envFrom: written.envFrom,
    s3: listS3Variables(written.s3),
    release: compileTemplate(written.releaseID),
    work: compileWork(written, placing),
    drop: compileScaleDown(written.scaleDown),
  };
}

const LOCKS = { Lease: "lease", S3: "s3" } as const;

function compileWork(written: GenericSpec, placing: PlacementSettings): RunnerSpec | null {
  const { steps, scaleDown, markers, s3, lock } = written;
  const { leave } = scaleDown;
  const needsRunner = steps.length > 0 || leave !== undefined || isLeft(POLICIES[scaleDown.policy]);
  if (!needsRunner || markers === undefined) return null;
  return {
    steps: steps.map(compileStep),
    leave: leave === undefined ? null : compileLeave(leave),
    markers: compileMarkers(markers),
    s3: compileRunnerS3(s3),
    lock: { store: LOCKS[lock], seconds: LOCK_SECONDS },
    ...placing,
  };
}
