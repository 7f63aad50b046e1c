// Profiles from what the schema has accepted to what the decisions use, frozen.
import type { GenericSpec } from "../../presets/generic/profile/schema.ts";
import { ofOtobo, otoboContainers } from "../../presets/otobo/profile/compile.ts";
import { ofOzone } from "../../presets/ozone-om/profile/compile.ts";
import { LOCK_SECONDS, markersOf } from "./markers.ts";
import { type Placing, placingOf } from "./placing.ts";
import type { OfKind, Profile, ProfileIdentity, Work } from "./profile.ts";
import { rangeOf } from "./range.ts";
import { s3ReachOf } from "./s3.ts";
import { s3Variables } from "./s3Env.ts";
import { compileDrop, isLeft, POLICIES, planLeaveOf } from "./scaleDown.ts";
import type { ProfileSpec } from "./schema.ts";
import { planStepOf } from "./steps.ts";
import { parseTemplate, type Template } from "./template.ts";

/** Compiles what the schema has accepted. */
export function compile(identity: ProfileIdentity, spec: ProfileSpec): Profile {
  const { kind, containers, rest } = compileMember(spec);
  const [first = "", ...others] = containers;
  return Object.freeze({
    ...identity,
    kind,
    mode: spec.mode === "Warn" ? "warn" : "enforce",
    namespaces: spec.namespaces,
    containers: [first, ...others] as const,
    selectorLabel: chooseSelectorLabel(spec.selectorLabel, rest.drop.policy === "allow"),
    ...rest,
  });
}

/** Where nothing protects pods from going, nothing is lost while the webhook is down. */
function chooseSelectorLabel(
  written: ProfileSpec["selectorLabel"],
  letsGo: boolean,
): Profile["selectorLabel"] {
  if (written === undefined) return letsGo ? "warn" : "require";
  return written === "Require" ? "require" : "warn";
}

interface Member {
  readonly kind: Profile["kind"];
  readonly containers: readonly string[];
  readonly rest: OfKind;
}

function compileMember({ type, runner, ...members }: ProfileSpec): Member {
  const placing = placingOf(runner);
  const { generic, otobo, ozoneOM } = members;
  switch (type) {
    case "Generic":
      if (generic === undefined) break;
      return { kind: "generic", containers: generic.containers, rest: ofGeneric(generic, placing) };
    case "Otobo": {
      if (otobo === undefined) break;
      const rest = ofOtobo(otobo, template(otobo.releaseID), placing);
      return { kind: "otobo", containers: otoboContainers(otobo), rest };
    }
    case "OzoneOM":
      if (ozoneOM === undefined) break;
      return { kind: "ozone-om", containers: ozoneOM.containers, rest: ofOzone(ozoneOM, placing) };
  }
  throw new Error(`the schema has accepted a profile of type ${type} without its member`);
}

function ofGeneric(written: GenericSpec, placing: Placing): OfKind {
  return {
    nodeId: { env: written.nodeID.env, ...rangeOf(written.nodeID) },
    env: written.env.map(({ name: variable, value }) => ({ name: variable, value: template(value) })),
    envFrom: written.envFrom,
    s3: s3Variables(written.s3),
    release: template(written.releaseID),
    work: workOf(written, placing),
    drop: compileDrop(written.scaleDown),
    files: [],
    ozone: null,
    otobo: null,
  };
}

const LOCKS = { Lease: "lease", S3: "s3" } as const;

function workOf(written: GenericSpec, placing: Placing): Work | null {
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

/** The schema has refused what does not parse. */
function template(text: string): Template {
  const parsed = parseTemplate(text);
  if ("wrong" in parsed) throw new Error(parsed.wrong);
  return parsed.template;
}
