// How a denial reads: one sentence that says what is denied and why, what to do, then commands grouped by what they do.
import { isDeepStrictEqual } from "node:util";
import { recordLease } from "../../init/contract/record.ts";
import type { SetChange } from "./change.ts";
import type { UnknownReason } from "./evidence.ts";
import { countOrdinals, listFromHighest, type Span } from "./ordinals.ts";
import { type CommandGroup, getTargetSet, type ScaleDownReview } from "./rule.ts";
import type { SetState } from "./setState.ts";

/** Longer lists are cut: they do not help, and the API server truncates long messages. */
const MOST_NAMES = 10;

/** Pods by name, highest ordinal first: "web-4, web-3". */
export function formatPods(review: ScaleDownReview, spans: readonly Span[] = review.removed): string {
  const { name } = getTargetSet(review);
  const names = listFromHighest(spans, MOST_NAMES).map((ordinal) => `${name}-${ordinal}`);
  const more = countOrdinals(spans) - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
}

/** "pod web-3" or "pods web-4, web-3". */
export const namePods = (review: ScaleDownReview, spans: readonly Span[] = review.removed): string =>
  `${formatPlural(countOrdinals(spans), "pod", "pods")} ${formatPods(review, spans)}`;

export const formatPlural = (count: number, one: string, many: string): string => (count === 1 ? one : many);

/** "StatefulSet shop/web (profile web)". */
export function formatSet(review: ScaleDownReview): string {
  const { namespace, name } = getTargetSet(review);
  return `StatefulSet ${namespace}/${name} (profile ${review.profile.name})`;
}

/** "5 replicas" or, where ordinals do not begin with 0, "ordinals 2..6". */
export function formatSize({ start, replicas }: Span): string {
  if (start === 0 || replicas === 0) return `${replicas} ${formatPlural(replicas, "replica", "replicas")}`;
  return replicas === 1 ? `ordinal ${start}` : `ordinals ${start}..${start + replicas - 1}`;
}

/**
 * The first words of a denial: "Scaling StatefulSet shop/web (profile queue) from 5 to 3 replicas".
 * @param set the StatefulSet in words
 */
export function describeChange(change: SetChange, set: string): string {
  if (change.operation === "CREATE") return `Creating ${set} with ${formatSize(change.after.ordinals)}`;
  if (change.operation === "DELETE")
    return `Deleting ${set}${change.orphans === true ? " with --cascade=orphan" : ""}`;
  const [before, after] = [change.before.ordinals, change.after.ordinals];
  if (before.start === after.start && before.replicas === after.replicas) return `Updating ${set}`;
  const isPlain = before.start === 0 && after.start === 0;
  return `Scaling ${set} from ${isPlain ? before.replicas : formatSize(before)} to ${formatSize(after)}`;
}

/** The first sentence of a denial: what is denied, and why. */
export const openDenial = (review: ScaleDownReview, reason: string): string =>
  `${describeChange(review.change, formatSet(review))} is denied: ${reason}.`;

/** The end of an advice to keep the pods: an update that changes more than the pods' number is not lost. */
export const formatRest = ({ change }: ScaleDownReview): string =>
  change.operation === "UPDATE" && !isDeepStrictEqual(omitSize(change.before), omitSize(change.after))
    ? "; the rest of this update can then pass"
    : "";

const omitSize = ({ set: { spec } }: SetState): object => ({ ...spec, replicas: null, ordinals: null });

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
export function buildMessage(text: string, ...groups: readonly CommandGroup[]): { message: string } {
  const lines = groups
    .filter(({ commands }) => commands.length > 0)
    .flatMap(({ intro, commands }) => [intro, ...commands.map((command) => `  ${command}`)]);
  return { message: [text, ...lines].join("\n") };
}

/** The webhook's log, which says why something could not be read or loaded. */
export const INSPECT_LOG: CommandGroup = inspectWith("kubectl -n rollcall-system logs deployment/rollcall");

/** Why a rule cannot be evaluated. */
export const explainUnreadRecord = (review: ScaleDownReview, record: UnknownReason): UnknownReason => ({
  ...record,
  unknown: `cannot read ${nameRecord(review)}: ${record.unknown}`,
});

export const explainUnlistedPods = (why: string): string => `cannot list the pods: ${why}`;

/** "the record (Lease rollcall-record-web)". */
export const nameRecord = (review: ScaleDownReview): string =>
  `the record (Lease ${recordLease(getTargetSet(review).name)})`;
