// How a denial reads: one sentence that says what is denied and why, what to do, then commands grouped by what they do.
import { recordLease } from "../../init/contract/record.ts";
import type { Change } from "./change.ts";
import { countOf, fromHighest, type Span } from "./ordinals.ts";
import { type Case, subjectOf } from "./rule.ts";

/** Longer lists are cut: they do not help, and the API server truncates long messages. */
const MOST_NAMES = 10;

/** Pods by name, highest ordinal first: "web-4, web-3". */
export function podsOf(asked: Case, spans: readonly Span[] = asked.removed): string {
  const { name } = subjectOf(asked);
  const names = fromHighest(spans, MOST_NAMES).map((ordinal) => `${name}-${ordinal}`);
  const more = countOf(spans) - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
}

/** "pod web-3" or "pods web-4, web-3". */
export const namePods = (asked: Case, spans: readonly Span[] = asked.removed): string =>
  `${pluralize(countOf(spans), "pod", "pods")} ${podsOf(asked, spans)}`;

export const pluralize = (count: number, one: string, many: string): string => (count === 1 ? one : many);

/** "StatefulSet shop/web (profile web)". */
export function setOf(asked: Case): string {
  const { namespace, name } = subjectOf(asked);
  return `StatefulSet ${namespace}/${name} (profile ${asked.profile.name})`;
}

/** "5 replicas" or, where ordinals do not begin with 0, "ordinals 2..6". */
export function sizeOf({ start, replicas }: Span): string {
  if (start === 0 || replicas === 0) return `${replicas} ${pluralize(replicas, "replica", "replicas")}`;
  return replicas === 1 ? `ordinal ${start}` : `ordinals ${start}..${start + replicas - 1}`;
}

/**
 * The first words of a denial: "Scaling StatefulSet shop/web (profile queue) from 5 to 3 replicas".
 * @param set the StatefulSet in words
 */
export function describeChange(change: Change, set: string): string {
  if (change.operation === "CREATE") return `Creating ${set} with ${sizeOf(change.after.ordinals)}`;
  if (change.operation === "DELETE")
    return `Deleting ${set}${change.orphans === true ? " with --cascade=orphan" : ""}`;
  const [before, after] = [change.before.ordinals, change.after.ordinals];
  if (before.start === after.start && before.replicas === after.replicas) return `Updating ${set}`;
  const isPlain = before.start === 0 && after.start === 0;
  return `Scaling ${set} from ${isPlain ? before.replicas : sizeOf(before)} to ${sizeOf(after)}`;
}

/** The first sentence of a denial: what is denied, and why. */
export const openDenial = (asked: Case, reason: string): string =>
  `${describeChange(asked.change, setOf(asked))} is denied: ${reason}.`;

/** Why pods need their StatefulSet, and how to recreate it: no command, so that the override is shown. */
export const ORPHANED =
  "Orphaned pods keep running unprotected: no controller recreates them, and the next StatefulSet of this name adopts them, whatever " +
  "its profile. To recreate the StatefulSet because a field is immutable, set the override, delete with --cascade=orphan, and create it " +
  "with the same label and at least as many replicas.";

/** Commands of a denial, under a line that says what they do. */
export interface CommandGroup {
  readonly intro: string;
  readonly commands: readonly string[];
}

export const groupCommands = (intro: string, ...commands: readonly string[]): CommandGroup => ({
  intro,
  commands,
});

/** Commands that only read. They come first, apart from those that change something. */
export const inspectWith = (...commands: readonly string[]): CommandGroup =>
  groupCommands("Inspect:", ...commands);

/**
 * A denial's message.
 * @param groups those without commands are left out
 */
export function message(text: string, ...groups: readonly CommandGroup[]): { message: string } {
  const lines = groups
    .filter(({ commands }) => commands.length > 0)
    .flatMap(({ intro, commands }) => [intro, ...commands.map((command) => `  ${command}`)]);
  return { message: [text, ...lines].join("\n") };
}

/** Why a rule cannot be evaluated. */
export const explainUnreadRecord = (asked: Case, why: string): string =>
  `cannot read ${nameRecord(asked)}: ${why}`;

export const explainUnlistedPods = (why: string): string => `cannot list the pods: ${why}`;

/** "the record (Lease rollcall-record-web)". */
export const nameRecord = (asked: Case): string => `the record (Lease ${recordLease(subjectOf(asked).name)})`;
