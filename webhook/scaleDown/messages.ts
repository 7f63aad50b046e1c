// How denials are put together: what and why in a sentence, then the commands that make it right.
import { countOf, fromHighest, type Span } from "./ordinals.ts";
import { type Case, subjectOf } from "./rule.ts";

/** More names than that help nobody; the API server cuts long messages, too. */
const MOST_NAMES = 10;

/** Pods by name, highest ordinal first: "web-4, web-3". */
export function podsOf(asked: Case, spans: readonly Span[] = asked.removed): string {
  const { name } = subjectOf(asked);
  const names = fromHighest(spans, MOST_NAMES).map((ordinal) => `${name}-${ordinal}`);
  const more = countOf(spans) - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
}

/** "StatefulSet shop/web (profile web)". */
export function setOf(asked: Case): string {
  const { namespace, name } = subjectOf(asked);
  return `StatefulSet ${namespace}/${name} (profile ${asked.profile.name})`;
}

/** "5 replicas" or, where ordinals do not begin with 0, "ordinals 2..6". */
export function sizeOf({ start, replicas }: Span): string {
  if (start === 0 || replicas === 0) return `${replicas} ${replicas === 1 ? "replica" : "replicas"}`;
  return replicas === 1 ? `ordinal ${start}` : `ordinals ${start}..${start + replicas - 1}`;
}

/** What becomes of pods that are left without their StatefulSet, and what to do: no command, so that the override is told. */
export const ORPHANED =
  "With --cascade=orphan the pods run on, but nothing makes one anew that ends, and the next StatefulSet of that name takes them over, with " +
  "the label of a profile or without it, so nothing would keep them. To make the StatefulSet anew for a field that cannot be changed, set " +
  "the override, delete it so, and create it with the same label and no fewer replicas";

/** A denial's message. */
export function message(what: string, ...commands: readonly string[]): { message: string } {
  return { message: [what, ...commands.map((command) => `  ${command}`)].join("\n") };
}
