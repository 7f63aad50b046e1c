// Replicas of the webhook learn of an edit of a profile milliseconds apart, and a pod is injected by one of them and
// validated by another. A pod is judged by the version that its plan names, and before a denial the API server is asked once
// for a newer one.
import type { AdmissionAnswer } from "../admission/answer.ts";
import { isSameVersion, type ProfileVersion } from "../profiles/profile.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import type { ProfileSource } from "../profiles/source.ts";
import type { InjectSettings } from "./settings.ts";

/** What a request is answered with. */
export interface RequestContext {
  readonly source: ProfileSource;
  readonly settings: InjectSettings;
  readonly deadline: AbortSignal;
}

/**
 * The profiles to judge a pod by.
 * @param planned the version that its plan names; null: it has none
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

/** The profiles with the version that a plan names, where another one is known here. */
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
 * The answer by `profiles`; where that is a denial, by the newest ones that the API server has of these names.
 * @param names profiles that the request is about
 */
export async function reviewWithLatestProfiles<A extends { readonly answer: AdmissionAnswer }>(
  names: readonly string[],
  profiles: Profiles | null,
  { source, deadline }: Pick<RequestContext, "source" | "deadline">,
  judge: (profiles: Profiles | null) => A | Promise<A>,
): Promise<A & { readonly profiles: Profiles | null }> {
  const first = { ...(await judge(profiles)), profiles };
  if (first.answer.allowed || names.length === 0) return first;
  await source.refresh(names, deadline);
  const newest = source.current();
  // without time for a second evaluation the first one counts
  if (newest === profiles || deadline.aborted) return first;
  return { ...(await judge(newest)), profiles: newest };
}
