// Replicas of the webhook see an edit of a profile some milliseconds apart, and one replica may inject a pod that another
// one validates. So a pod is validated by the version that its plan names, and before a denial the webhook reads the newest
// version from the API server.
import type { AdmissionAnswer } from "../admission/answer.ts";
import { isSameVersion, type ProfileVersion } from "../profiles/profile.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import type { ProfileSource } from "../profiles/source.ts";
import type { InjectSettings } from "./settings.ts";

/** What decisions on one request use. */
export interface RequestContext {
  readonly source: ProfileSource;
  readonly settings: InjectSettings;
  readonly deadline: AbortSignal;
}

/**
 * Selects the profiles that decide on a pod.
 * @param planned the version that its plan names; null: it has no plan
 */
export function selectProfiles(
  name: string,
  planned: ProfileVersion | null,
  context: Pick<RequestContext, "source" | "deadline">,
): Profiles | null | Promise<Profiles | null> {
  const current = context.source.current();
  const known = current?.get(name)?.version ?? null;
  if (current === null || planned === null || known === null || isSameVersion(known, planned)) return current;
  return selectPlanned({ name, planned, known, current }, context);
}

/** Selects the version that a plan names if this replica knows a different one. */
async function selectPlanned(
  {
    name,
    planned,
    known,
    current,
  }: { name: string; planned: ProfileVersion; known: ProfileVersion; current: Profiles },
  { source, deadline }: Pick<RequestContext, "source" | "deadline">,
): Promise<Profiles | null> {
  const previous = source.previous(name);
  if (previous?.version && isSameVersion(previous.version, planned)) return current.withProfile(previous);
  const isOlder = known.uid === planned.uid && planned.generation < known.generation;
  if (!isOlder) await source.refresh([name], deadline);
  return source.current();
}

/**
 * Decides by `profiles`. If that is a denial, reads the named profiles from the API server and decides again if they
 * have changed.
 * @param names the profiles that the request uses
 */
export async function reviewWithLatestProfiles<A extends { readonly answer: AdmissionAnswer }>(
  names: readonly string[],
  profiles: Profiles | null,
  { source, deadline }: Pick<RequestContext, "source" | "deadline">,
  decide: (profiles: Profiles | null) => A | Promise<A>,
): Promise<A & { readonly profiles: Profiles | null }> {
  const first = { ...(await decide(profiles)), profiles };
  if (first.answer.allowed || names.length === 0) return first;
  await source.refresh(names, deadline);
  const newest = source.current();
  // without time for a second evaluation the first one counts
  if (newest === profiles || deadline.aborted) return first;
  return { ...(await decide(newest)), profiles: newest };
}
