// A profile as the decisions use it: defaults filled in, templates parsed, durations in seconds, frozen.
import type { PlanStep } from "../../init/contract/plan.ts";
import { type GenericProfile, secondsOf } from "./schema.ts";
import { parseTemplate, type Template } from "./template.ts";

export interface Profile {
  readonly name: string;
  readonly kind: GenericProfile["kind"];
  readonly mode: "enforce" | "warn";
  readonly namespaces: readonly string[];
  /** the first one's image runs the steps */
  readonly containers: readonly [string, ...string[]];
  readonly nodeId: { readonly env: string; readonly base: number; readonly max: number };
  readonly env: readonly { readonly name: string; readonly value: Template }[];
  readonly release: Template;
  /** null: numbers and env only, no init containers */
  readonly work: {
    readonly steps: readonly PlanStep[];
    readonly volume: string;
    readonly path: string;
  } | null;
}

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
    nodeId: written.nodeId,
    env: written.env.map(({ name: variable, value }) => ({ name: variable, value: template(value) })),
    release: template(written.release),
    work: workOf(written),
  });
}

function workOf({ steps, markers }: GenericProfile): Profile["work"] {
  if (steps.length === 0 || markers === undefined) return null;
  return {
    volume: markers.volume,
    path: markers.path,
    steps: steps.map(({ name, scope, run, verify, still, timeout }) => ({
      name,
      scope,
      run,
      verify,
      ...(still === undefined ? {} : { still }),
      timeoutSeconds: secondsOf(timeout),
    })),
  };
}

/** The schema has refused what does not parse. */
function template(text: string): Template {
  const parsed = parseTemplate(text);
  if ("wrong" in parsed) throw new Error(parsed.wrong);
  return parsed.template;
}
