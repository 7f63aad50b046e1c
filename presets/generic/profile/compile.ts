// A profile of type Generic, compiled: all of it is the author's own.

import { isLeft } from "../../../init/contract/plan.ts";
import { LOCK_SECONDS, markersOf } from "../../../webhook/profiles/markers.ts";
import type { Placing } from "../../../webhook/profiles/placing.ts";
import { NUMBERS_ALONE } from "../../../webhook/profiles/preset.ts";
import type { PresetSettings, Work } from "../../../webhook/profiles/profile.ts";
import { rangeOf } from "../../../webhook/profiles/range.ts";
import { s3ReachOf } from "../../../webhook/profiles/s3.ts";
import { s3Variables } from "../../../webhook/profiles/s3Env.ts";
import { compileDrop, POLICIES, planLeaveOf } from "../../../webhook/profiles/scaleDown.ts";
import { planStepOf } from "../../../webhook/profiles/steps.ts";
import { compileTemplate } from "../../../webhook/profiles/template.ts";
import type { GenericSpec } from "./schema.ts";

export function compileGeneric(written: GenericSpec, placing: Placing): PresetSettings {
  return {
    ...NUMBERS_ALONE,
    containers: written.containers,
    nodeId: { env: written.nodeID.env, value: "number", ...rangeOf(written.nodeID) },
    env: written.env.map(({ name, value }) => ({ name, value: compileTemplate(value) })),
    envFrom: written.envFrom,
    s3: s3Variables(written.s3),
    release: compileTemplate(written.releaseID),
    work: compileWork(written, placing),
    drop: compileDrop(written.scaleDown),
  };
}

const LOCKS = { Lease: "lease", S3: "s3" } as const;

function compileWork(written: GenericSpec, placing: Placing): Work | null {
  const { steps, scaleDown, markers, s3, lock } = written;
  const { leave } = scaleDown;
  const isWork = steps.length > 0 || leave !== undefined || isLeft(POLICIES[scaleDown.policy]);
  if (!isWork || markers === undefined) return null;
  return {
    steps: steps.map(planStepOf),
    leave: leave === undefined ? null : planLeaveOf(leave),
    markers: markersOf(markers),
    s3: s3ReachOf(s3),
    lock: { store: LOCKS[lock], seconds: LOCK_SECONDS },
    ...placing,
  };
}
