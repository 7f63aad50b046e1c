// A profile as the decisions use it: defaults filled in, templates parsed, durations in seconds, frozen.
import type { PlanStep } from "../../init/contract/plan.ts";
import { secondsOf } from "./fields.ts";
import type { GenericProfile } from "./generic.ts";
import { type NumberRange, rangeOf } from "./range.ts";
import { type S3Variable, s3Variables } from "./s3.ts";
import { parseTemplate, type Template } from "./template.ts";

export interface Profile {
  readonly name: string;
  readonly kind: GenericProfile["kind"];
  readonly mode: "enforce" | "warn";
  readonly namespaces: readonly string[];
  /** the first one's image runs the steps */
  readonly containers: readonly [string, ...string[]];
  readonly nodeId: NumberRange & { readonly env: string };
  readonly env: readonly { readonly name: string; readonly value: Template }[];
  readonly envFrom: readonly unknown[];
  /** S3 settings as env of the application */
  readonly s3: readonly S3Variable[];
  readonly release: Template;
  /** null: numbers and env only, no init containers */
  readonly work: Work | null;
  readonly selectorLabel: "require" | "warn";
}

export interface Work {
  readonly steps: readonly PlanStep[];
  readonly volume: string;
  readonly path: string;
  readonly position: Position;
  /** native sidecars that come before ours */
  readonly sidecars: readonly string[];
  readonly resources: Readonly<Record<string, unknown>> | null;
  readonly runner: "copy" | "image";
}

export type Position = { at: "first" | "last" } | { at: "before" | "after"; name: string };

/** All profiles in force, by name. */
export type Profiles = ReadonlyMap<string, Profile>;

/** Compiles what the schema has accepted. */
export function compile(name: string, written: GenericProfile): Profile {
  const [first = "", ...others] = written.containers;
  return Object.freeze<Profile>({
    name,
    kind: written.kind,
    mode: written.mode,
    namespaces: written.namespaces,
    containers: [first, ...others],
    nodeId: { env: written.nodeId.env, ...rangeOf(written.nodeId) },
    env: written.env.map(({ name: variable, value }) => ({ name: variable, value: template(value) })),
    envFrom: written.envFrom,
    s3: written.s3 === undefined ? [] : s3Variables(written.s3),
    release: template(written.release),
    work: workOf(written),
    selectorLabel: written.selectorLabel,
  });
}

function workOf(written: GenericProfile): Work | null {
  const { steps, markers } = written;
  if (steps.length === 0 || markers === undefined) return null;
  return {
    volume: markers.volume,
    path: markers.path,
    steps: steps.map(({ timeout, still, ...step }) => ({
      ...step,
      ...(still === undefined ? {} : { still }),
      timeoutSeconds: secondsOf(timeout),
    })),
    position: positionOf(written.position),
    sidecars: written.sidecars,
    resources: written.resources ?? null,
    runner: written.runner,
  };
}

function positionOf(text: string): Position {
  const [at, name] = text.split(":");
  if ((at === "before" || at === "after") && name !== undefined) return { at, name };
  return { at: at === "last" ? "last" : "first" };
}

/** The schema has refused what does not parse. */
function template(text: string): Template {
  const parsed = parseTemplate(text);
  if ("wrong" in parsed) throw new Error(parsed.wrong);
  return parsed.template;
}
