// Profiles from what the schema has accepted to what the decisions use, frozen.
import type { GenericProfile } from "./generic.ts";
import { isLeft, planLeaveOf } from "./leave.ts";
import { LOCK_SECONDS, markersOf } from "./markers.ts";
import { ofOtobo, otoboContainers } from "./otoboCompile.ts";
import { ofOzone } from "./ozoneCompile.ts";
import { placingOf } from "./placing.ts";
import type { OfKind, Profile, Work } from "./profile.ts";
import { rangeOf } from "./range.ts";
import { s3ReachOf } from "./s3.ts";
import { s3Variables } from "./s3Env.ts";
import type { WrittenProfile } from "./schema.ts";
import { planStepOf } from "./steps.ts";
import { parseTemplate, type Template } from "./template.ts";

/** Compiles what the schema has accepted. */
export function compile(name: string, written: WrittenProfile): Profile {
  const { kind, mode, namespaces, selectorLabel } = written;
  const [first = "", ...others] = written.kind === "otobo" ? otoboContainers(written) : written.containers;
  const containers: Profile["containers"] = [first, ...others];
  return Object.freeze({ name, kind, mode, namespaces, containers, selectorLabel, ...restOf(written) });
}

function restOf(written: WrittenProfile): OfKind {
  switch (written.kind) {
    case "generic":
      return ofGeneric(written);
    case "otobo":
      return ofOtobo(written, template(written.releaseId));
    case "ozone-om":
      return ofOzone(written);
  }
}

function ofGeneric(written: GenericProfile): OfKind {
  return {
    nodeId: { env: written.nodeId.env, ...rangeOf(written.nodeId) },
    env: written.env.map(({ name: variable, value }) => ({ name: variable, value: template(value) })),
    envFrom: written.envFrom,
    s3: s3Variables(written.s3),
    release: template(written.release),
    work: workOf(written),
    drop: written.drop,
    files: [],
    ozone: null,
    otobo: null,
  };
}

function workOf(written: GenericProfile): Work | null {
  const { steps, leave, markers, s3, lock, drop } = written;
  const isWork = steps.length > 0 || leave !== undefined || isLeft(drop.policy);
  if (!isWork || markers === undefined) return null;
  return {
    steps: steps.map(planStepOf),
    leave: leave === undefined ? null : planLeaveOf(leave),
    markers: markersOf(markers),
    s3: s3ReachOf(s3),
    lock: { store: lock, seconds: LOCK_SECONDS },
    ...placingOf(written),
  };
}

/** The schema has refused what does not parse. */
function template(text: string): Template {
  const parsed = parseTemplate(text);
  if ("wrong" in parsed) throw new Error(parsed.wrong);
  return parsed.template;
}
