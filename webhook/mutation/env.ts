// Our env goes to the front of a container's list, so that whatever comes later can refer to it as $(NAME).
import { insertAll, type PatchOperation, replace } from "../admission/answer.ts";
import { type Denial, deny, formatWarning } from "../denials/codes.ts";
import { isSameJson } from "../kubernetes/isSameJson.ts";
import type { Container, EnvVar } from "../kubernetes/objects.ts";
import { listNames, shorten } from "../kubernetes/shorten.ts";

export interface EnvRequirement {
  /** a value as it is to be written, so already through `escapeEnvRefs`, or a reference */
  readonly variable: EnvVar;
  /** another value of the same name: refuse the pod, or keep it and warn, or put ours in its place and warn */
  readonly conflict: "deny" | "keep" | "override";
}

export interface EnvChange {
  operations: PatchOperation[];
  /** the list as it will be */
  env: EnvVar[];
  warnings: string[];
}

/** The operations that give a container what is wanted, or why it cannot be. */
export function prependEnv(
  parts: readonly (string | number)[],
  container: Container,
  wanted: readonly EnvRequirement[],
): EnvChange | Denial {
  const present = container.env ?? [];
  const met = meetAll(present, wanted);
  const refused = met.find(({ conflict, others }) => conflict === "deny" && others.length > 0);
  if (refused?.others[0] !== undefined)
    return denyEnvConflict(container, refused.variable, refused.others[0]);
  const missing = met.filter(({ isThere }) => !isThere).map(({ variable }) => variable);
  const kept = met.filter(({ conflict, others }) => conflict === "keep" && others.length > 0);
  const overridden = met.filter(({ conflict, others }) => conflict === "override" && others.length > 0);
  const replacing = new Map(
    overridden.flatMap(({ others, variable }) => others.map((each) => [each, variable])),
  );
  if (replacing.size > MOST_REPLACED) return tooOftenIn(container, overridden);
  return {
    operations: [
      // the indices are of the list as it is, so these come first
      ...(replacing.size === 0
        ? []
        : present.flatMap((each, index) => replaced([...parts, "env", index], replacing.get(each)))),
      ...insertAll([...parts, "env"], container.env ?? undefined, missing, 0),
    ],
    env: [
      ...missing,
      ...(replacing.size === 0 ? present : present.map((each) => replacing.get(each) ?? each)),
    ],
    warnings: [
      ...kept.map(({ variable }) => keptIn(container, variable)),
      ...(overridden.length === 0
        ? []
        : [
            overriddenIn(
              container,
              overridden.map(({ variable }) => variable.name),
            ),
          ]),
    ],
  };
}

/** More than any ring has variables; each takes an operation that may be many times as long as what it replaces. */
const MOST_REPLACED = 1000;

interface EnvMatch {
  readonly conflict: EnvRequirement["conflict"];
  readonly variable: EnvVar;
  readonly isThere: boolean;
  /** those of its name that hold something else */
  readonly others: readonly EnvVar[];
}

/** Most variables are there once or not at all. */
const NONE: EnvVar[] = [];

/** Each wanted variable and those of its name that are there, by one look at the list. */
function meetAll(present: readonly EnvVar[], wanted: readonly EnvRequirement[]): EnvMatch[] {
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
    return { conflict, variable, isThere: found.length > 0, others };
  });
}

function tooOftenIn({ name }: Container, overridden: readonly EnvMatch[]): Denial {
  return deny(
    "env-overridden",
    `container ${name} sets ${listNames(overridden.map(({ variable }) => variable.name))} more than ${MOST_REPLACED} times in all; ` +
      "that is the profile's alone to say, take them out",
  );
}

function keptIn(container: Container, { name }: EnvVar): string {
  return formatWarning(
    "env-not-overridden",
    `container ${container.name} sets ${name} itself; its value is kept, the profile's is not used`,
  );
}

function replaced(parts: readonly (string | number)[], by: EnvVar | undefined): PatchOperation[] {
  return by === undefined ? [] : [replace(parts, by)];
}

function overriddenIn({ name }: Container, names: readonly string[]): string {
  return formatWarning(
    "env-overridden",
    `container ${name} sets ${names.join(", ")} itself; that is the profile's alone to say, and its own values are not used`,
  );
}

function isSame(present: EnvVar, wanted: EnvVar): boolean {
  // the API server writes an empty value as none, and adds defaults to references
  return wanted.valueFrom === undefined
    ? (present.value ?? "") === wanted.value && !present.valueFrom
    : isSameJson(present.valueFrom, wanted.valueFrom);
}

function denyEnvConflict(container: Container, { name, value }: EnvVar, other: EnvVar): Denial {
  return deny(
    "node-id-conflict",
    `container ${container.name} sets ${name} to ${describeEnvValue(other)}, but this pod's number is ${value}; ` +
      `remove ${name} from the container's env, or name another variable in the profile's nodeID.env`,
  );
}

/** The value of the number's variable in words; one from a Secret or ConfigMap is not ours to show, nor known here. */
export function describeEnvValue({ value, valueFrom }: EnvVar): string {
  if (valueFrom) return "a value from elsewhere";
  return typeof value === "string" ? JSON.stringify(shorten(value)) : "nothing";
}

/** The sources that a container still lacks, put before its own. */
export function prependEnvFrom(
  parts: readonly (string | number)[],
  container: Container,
  sources: readonly unknown[],
): PatchOperation[] {
  return insertAll([...parts, "envFrom"], container.envFrom ?? undefined, missing(container, sources), 0);
}

/** The list as it will be; undefined where there is none. */
export function mergeEnvFrom(container: Container, sources: readonly unknown[]): Container["envFrom"] {
  const all = [...missing(container, sources), ...(container.envFrom ?? [])];
  return all.length === 0 ? container.envFrom : all;
}

function missing({ envFrom }: Container, sources: readonly unknown[]): unknown[] {
  const lacking = new Set(sources);
  for (const each of envFrom ?? []) {
    if (lacking.size === 0) break;
    for (const source of lacking) if (isSameJson(each, source)) lacking.delete(source);
  }
  return sources.filter((source) => lacking.has(source));
}

/** Text that the kubelet turns back into itself. */
export function escapeEnvRefs(text: string): string {
  return text.includes("$") ? text.replaceAll("$", "$$$$") : text;
}

/** The inverse, for text that `escapeEnvRefs` has made. */
export function readLiterally(text: string): string {
  return text.includes("$$") ? text.replaceAll("$$", "$") : text;
}
