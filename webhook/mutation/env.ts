// Adds variables to a container. They go to the front of the list, so that later ones can refer to them as $(NAME).
import { insertAll, type PatchOperation, replace } from "../admission/answer.ts";
import { type Denial, deny, formatWarning } from "../denials/codes.ts";
import { isSameJson } from "../kubernetes/isSameJson.ts";
import type { Container, EnvVar } from "../kubernetes/objects.ts";
import { listNames, shorten } from "../kubernetes/shorten.ts";

export interface EnvRequirement {
  /** a value that has already passed `escapeEnvRefs`, or a reference */
  readonly variable: EnvVar;
  /** if the container sets another value: deny the pod, keep that value with a warning, or replace it with a warning */
  readonly conflict: "deny" | "keep" | "override";
}

export interface EnvChange {
  operations: PatchOperation[];
  /** the resulting list */
  env: EnvVar[];
  warnings: string[];
}

/** The operations that add the wanted variables to a container, or why they cannot be added. */
export function prependEnv(
  parts: readonly (string | number)[],
  container: Container,
  wanted: readonly EnvRequirement[],
): EnvChange | Denial {
  const present = container.env ?? [];
  const matches = matchAll(present, wanted);
  const refused = matches.find(({ conflict, others }) => conflict === "deny" && others.length > 0);
  if (refused?.others[0] !== undefined)
    return denyEnvConflict(container, refused.variable, refused.others[0]);
  const missing = matches.filter(({ isPresent }) => !isPresent).map(({ variable }) => variable);
  const kept = matches.filter(({ conflict, others }) => conflict === "keep" && others.length > 0);
  const overridden = matches.filter(({ conflict, others }) => conflict === "override" && others.length > 0);
  const replacing = new Map(
    overridden.flatMap(({ others, variable }) => others.map((each) => [each, variable])),
  );
  if (replacing.size > MOST_REPLACED) return denyTooManyReplacements(container, overridden);
  return {
    operations: [
      // these use indices of the current list, so they come before the insertions
      ...(replacing.size === 0
        ? []
        : present.flatMap((each, index) => buildReplacement([...parts, "env", index], replacing.get(each)))),
      ...insertAll([...parts, "env"], container.env ?? undefined, missing, 0),
    ],
    env: [
      ...missing,
      ...(replacing.size === 0 ? present : present.map((each) => replacing.get(each) ?? each)),
    ],
    warnings: [
      ...kept.map(({ variable }) => formatKept(container, variable)),
      ...(overridden.length === 0
        ? []
        : [
            formatOverridden(
              container,
              overridden.map(({ variable }) => variable.name),
            ),
          ]),
    ],
  };
}

/** More variables than any ring has. Each takes an operation that may be many times as long as the variable. */
const MOST_REPLACED = 1000;

interface EnvMatch {
  readonly conflict: EnvRequirement["conflict"];
  readonly variable: EnvVar;
  readonly isPresent: boolean;
  /** variables of the same name with another value */
  readonly others: readonly EnvVar[];
}

/** Shared, since most variables are present once or not at all. */
const NONE: EnvVar[] = [];

/** Matches the wanted variables with the present ones, in linear time. */
function matchAll(present: readonly EnvVar[], wanted: readonly EnvRequirement[]): EnvMatch[] {
  const same = new Map<string, EnvVar[]>();
  for (const { variable } of wanted) same.set(variable.name, NONE);
  for (const each of present) {
    const found = same.get(each.name);
    if (found === NONE) same.set(each.name, [each]);
    else found?.push(each);
  }
  return wanted.map(({ conflict, variable }) => {
    const found = same.get(variable.name) ?? NONE;
    const others = found.length === 0 ? NONE : found.filter((each) => !isSame(each, variable));
    return { conflict, variable, isPresent: found.length > 0, others };
  });
}

function denyTooManyReplacements({ name }: Container, overridden: readonly EnvMatch[]): Denial {
  return deny(
    "env-overridden",
    `container ${name} sets ${listNames(overridden.map(({ variable }) => variable.name))} more than ${MOST_REPLACED} times in total, ` +
      "and only the profile may set them. Remove them from the container.",
  );
}

function formatKept(container: Container, { name }: EnvVar): string {
  return formatWarning(
    "env-not-overridden",
    `container ${container.name} sets ${name} itself: its value is kept, and the profile's value is not used.`,
  );
}

function buildReplacement(parts: readonly (string | number)[], by: EnvVar | undefined): PatchOperation[] {
  return by === undefined ? [] : [replace(parts, by)];
}

function formatOverridden({ name }: Container, names: readonly string[]): string {
  return formatWarning(
    "env-overridden",
    `container ${name} sets ${names.join(", ")} itself: only the profile may set them, so the container's values are not used.`,
  );
}

function isSame(present: EnvVar, wanted: EnvVar): boolean {
  // the API server omits an empty value, and adds defaults to references
  return wanted.valueFrom === undefined
    ? (present.value ?? "") === wanted.value && !present.valueFrom
    : isSameJson(present.valueFrom, wanted.valueFrom);
}

function denyEnvConflict(container: Container, { name, value }: EnvVar, other: EnvVar): Denial {
  return deny(
    "node-id-conflict",
    `container ${container.name} sets ${name} to ${describeEnvValue(other)}, but this pod's number is ${value}. ` +
      `Remove ${name} from the container's env, or choose another variable in the profile's nodeID.env.`,
  );
}

/** Describes the value of the NodeID variable. The value of a reference to a Secret or ConfigMap is unknown here. */
export function describeEnvValue({ value, valueFrom }: EnvVar): string {
  if (valueFrom) return "a value from valueFrom";
  return typeof value === "string" ? JSON.stringify(shorten(value)) : "no value";
}

/** Inserts the sources that a container lacks before its own. */
export function prependEnvFrom(
  parts: readonly (string | number)[],
  container: Container,
  sources: readonly unknown[],
): PatchOperation[] {
  return insertAll(
    [...parts, "envFrom"],
    container.envFrom ?? undefined,
    listMissingSources(container, sources),
    0,
  );
}

/** The resulting list; undefined: there is none. */
export function mergeEnvFrom(container: Container, sources: readonly unknown[]): Container["envFrom"] {
  const all = [...listMissingSources(container, sources), ...(container.envFrom ?? [])];
  return all.length === 0 ? container.envFrom : all;
}

function listMissingSources({ envFrom }: Container, sources: readonly unknown[]): unknown[] {
  const lacking = new Set(sources);
  for (const each of envFrom ?? []) {
    if (lacking.size === 0) break;
    for (const source of lacking) if (isSameJson(each, source)) lacking.delete(source);
  }
  return sources.filter((source) => lacking.has(source));
}

/** Escapes text, so that the kubelet's expansion of $(NAME) leaves it as it was. */
export function escapeEnvRefs(text: string): string {
  return text.includes("$") ? text.replaceAll("$", "$$$$") : text;
}

/** Reverses `escapeEnvRefs`. */
export function unescapeEnvRefs(text: string): string {
  return text.includes("$$") ? text.replaceAll("$$", "$") : text;
}
