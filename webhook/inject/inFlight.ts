// An edit of the profiles in flight between the replicas of the webhook: a pod that one injects is validated by another,
// and a StatefulSet comes together with its profile. Before a denial the other versions are asked, too.
import type { Answer } from "../admission/answer.ts";
import type { Versions } from "../profiles/versions.ts";
import type { InForce } from "./decide.ts";

/** What else an answer may rest on than what is in force here. */
export interface Around {
  versions: Versions;
  deadline: AbortSignal;
}

export interface Judged {
  answer: Answer;
  /** denied, and not so where another version has injected the pod */
  isOther: boolean;
}

/**
 * The answer by what is in force here; or, where that is a denial and the ConfigMap holds a newer version, by that one.
 * @returns with what it rests on
 */
export async function byNewest<A extends { answer: Answer }>(
  force: InForce,
  { versions, deadline }: Around,
  judge: (force: InForce) => A | Promise<A>,
): Promise<A & { force: InForce }> {
  const here = { ...(await judge(force)), force };
  if (here.answer.allowed) return here;
  const profiles = await versions.newest(deadline, force.profiles);
  // whoever begins anew without time left would know less
  if (profiles === null || deadline.aborted) return here;
  const newest = { ...force, profiles };
  return { ...(await judge(newest)), force: newest };
}

/**
 * The answer to a pod that is not as this version makes it: the replica that injected it may not have the version yet
 * that has replaced its own here.
 * @param passing the answer by a version that made the pod; null where it did not
 */
export async function byReplaced(
  { answer, isOther, force }: Judged & { force: InForce },
  { versions }: Around,
  passing: (force: InForce) => Answer | null | Promise<Answer | null>,
): Promise<Answer> {
  if (!isOther) return answer;
  for (const profiles of versions.replaced()) {
    const before = await passing({ ...force, profiles });
    if (before !== null) return before;
  }
  return answer;
}
