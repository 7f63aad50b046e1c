// A change of a StatefulSet, or of its scale: what injection has to say of its pods, and then what the guard has to say
// of those that would go. Both read the same review.
import { setTimeout as pause } from "node:timers/promises";
import { type Answer, allowed, denied, together } from "../admission/answer.ts";
import { breathe } from "../admission/pace.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { EvidencePorts } from "../evidence/ports.ts";
import { brake } from "../guard/brake/review.ts";
import { type Change, changeOfScale, changeOfSet, type ReadChange, scaledName } from "../guard/change.ts";
import { denyBeside, sayDenial } from "../guard/codes.ts";
import { goesAny } from "../guard/judge.ts";
import { type Guarded, type GuardForce, guard } from "../guard/review.ts";
import { answerAtApply } from "../inject/apply.ts";
import type { InForce } from "../inject/decide.ts";
import { type Around, byNewest } from "../inject/inFlight.ts";
import type { LiveSets } from "../inject/pool.ts";
import { refuse } from "../inject/review.ts";
import { readSetReview, type SetReview } from "../inject/setReview.ts";
import type { Confirm } from "./confirm.ts";

/** Milliseconds that a question for PodDisruptionBudgets may take. */
const BUDGETS_MS = 2_000;

/** Milliseconds for which a deletion by override waits until its Event is confirmed. */
const CONFIRM_MS = 1_000;

export interface GuardSettings {
  ports: EvidencePorts;
  collectorUsers: GuardForce["collectorUsers"];
  now: GuardForce["now"];
  /** told of every denial and override that was no dry run */
  tell: Confirm;
}

export interface Judging extends Around {
  force: InForce;
  liveSets: LiveSets;
  guard: GuardSettings;
}

/** Answers CREATE, UPDATE and DELETE of a StatefulSet. */
export async function judgeSet(request: AdmissionRequest, judging: Judging): Promise<Answer> {
  const review = readSetReview(request);
  if ("rule" in review) return refuse(review, "enforce");
  await breathe();
  return judge({ request, review, read: changeOfSet(review) }, judging);
}

/** Answers UPDATE of a StatefulSet's scale: the same as if its spec.replicas had been changed. */
export async function judgeScale(request: AdmissionRequest, judging: Judging): Promise<Answer> {
  if (request.operation !== "UPDATE") return allowed();
  const named = scaledName(request);
  if ("wrong" in named) return unreadable(named.wrong);
  const { name } = named;
  const { namespace = "" } = request;
  const live = await judging.guard.ports.liveSet(namespace, name, judging.deadline);
  const read = changeOfScale(request, live);
  if (!("change" in read)) return "wrong" in read ? unreadable(read.wrong) : allowed();
  const { before, after } = read.change;
  const review = {
    operation: "UPDATE" as const,
    namespace,
    name,
    set: after?.set ?? null,
    old: before?.set ?? null,
  };
  return judge({ request, review, read }, judging);
}

async function judge(
  asked: { request: AdmissionRequest; review: SetReview; read: ReadChange },
  judging: Judging,
): Promise<Answer> {
  const { request, review, read } = asked;
  const { liveSets, guard: settings, deadline } = judging;
  const { budgets } = settings.ports;
  // they are for a warning alone, and must leave the guard its time
  const soon = (): AbortSignal => AbortSignal.any([deadline, AbortSignal.timeout(BUDGETS_MS)]);
  const applying = {
    liveSets,
    budgets: budgets === null ? null : (namespace: string) => budgets(namespace, soon()),
  };
  // a profile that is applied together with the StatefulSet that picks it has not come to all replicas yet
  const { answer: atApply, force } = await byNewest(judging.force, judging, async (each) => ({
    answer: await answerAtApply(review, each, applying),
  }));
  if (!atApply.allowed || "nothing" in read) return atApply;
  if ("wrong" in read) return unreadable(read.wrong);
  await breathe();
  const { answer, told } = await guardBy(read.change, request, { ...judging, force });
  if (told !== null && request.dryRun !== true) {
    const looked = settings.tell(told);
    // what is allowed to be deleted is gone after the answer, and then confirms nothing
    if (answer.allowed && read.change.operation === "DELETE")
      await Promise.race([
        looked,
        pause(CONFIRM_MS, undefined, { ref: false, signal: deadline }).catch(() => undefined),
      ]);
  }
  return together(answer, atApply);
}

/**
 * The guard's answer, by the newest profiles where pods would go: whoever has just edited what protects them, or lets
 * them go, is not answered by what the kubelet has not brought here yet.
 */
async function guardBy(change: Change, request: AdmissionRequest, judging: Judging): Promise<Guarded> {
  const { force, versions, deadline } = judging;
  const { ports, collectorUsers, now } = judging.guard;
  const by = ({ profiles }: InForce): Promise<Guarded> =>
    guard(change, request, { force: { profiles, collectorUsers, now }, ports, deadline });
  if (!goesAny(change)) return byNewest(force, judging, by);
  const profiles = (await versions.newest(deadline, force.profiles)) ?? force.profiles;
  return by({ ...force, profiles });
}

/** Answers DELETE of a pod. */
export async function judgePodDeletion(request: AdmissionRequest, judging: Judging): Promise<Answer> {
  const { controllerUsers } = judging.force.settings;
  const { ports, now, tell } = judging.guard;
  const { deadline } = judging;
  // one that is held is not asked for again for minutes
  const { answer, told } = await byNewest(judging.force, judging, ({ profiles }) =>
    brake(request, { force: { profiles, controllerUsers, now }, ports, deadline }),
  );
  if (told !== null && request.dryRun !== true) void tell(told);
  return answer;
}

function unreadable(wrong: string): Answer {
  const denial = denyBeside("change-unreadable", `the change cannot be judged: ${wrong}`);
  return denied(sayDenial(denial), { audit: { rule: denial.rule, code: denial.code } });
}
