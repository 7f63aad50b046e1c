// Reviews of StatefulSets and their scale: request in, answer out, and what has to be told elsewhere. All that is not
// in the review comes through ports, so that the shell alone knows of networks.
import { type Answer, allowed, denied } from "../admission/answer.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import { say } from "../inject/codes.ts";
import type { Profile, Profiles } from "../profiles/profile.ts";
import { withOverride } from "./breakGlass.ts";
import type { Change } from "./change.ts";
import { BESIDE_RULES, denyBeside, type GuardDenial, sayDenial } from "./codes.ts";
import { decide, neededFor, type Verdict } from "./decide.ts";
import type { Evidence, EvidenceKind } from "./evidence.ts";
import { backIn } from "./going.ts";
import { goesAny, judgedBy, type Unjudged } from "./judge.ts";
import type { Span } from "./ordinals.ts";
import { type Override, overrideIn } from "./passes.ts";
import { type Case, caseOf, subjectOf } from "./rule.ts";
import type { SetState } from "./state.ts";
import { setOf } from "./words.ts";

export interface GuardPorts {
  /** asks for these kinds, all at once, within the deadline; what is not asked for is unknown */
  gather(asked: Case, kinds: ReadonlySet<EvidenceKind>, deadline: AbortSignal): Promise<Evidence>;
  /** writes into the record how many there were; null: done, otherwise why not */
  record(set: SetState, asked: Case, ordinals: Span, deadline: AbortSignal): Promise<string | null>;
  /** lets these pods join their ring again where they were kept out of it; null: done, otherwise why not */
  readmit(set: SetState, pods: readonly string[], deadline: AbortSignal): Promise<string | null>;
}

export interface GuardForce {
  /** null while none have been loaded */
  readonly profiles: Profiles | null;
  /** controllers that delete what belongs to what is deleted: the namespace's and the garbage collector */
  readonly collectorUsers: readonly string[];
  readonly now: () => Date;
}

/** What became of a change, for Events and metrics. */
export interface Told {
  /** held: what a controller asked for, which asks again by itself */
  readonly is: "denied" | "held" | "would-deny" | "overridden";
  readonly denial: GuardDenial;
  /** as users read it */
  readonly message: string;
  readonly set: { readonly namespace: string; readonly name: string; readonly uid: string | null };
}

export interface Guarded {
  readonly answer: Answer;
  readonly told: Told | null;
}

/** Milliseconds: nobody waits for long for what nobody is held up for. */
const READMIT_MS = 2_000;

/** It is allowed, and there is nothing to tell. */
export const NOTHING: Guarded = { answer: allowed(), told: null };

/** Answers what would change: CREATE, UPDATE, DELETE of a StatefulSet, or its scale. */
export async function guard(
  change: Change,
  request: AdmissionRequest,
  given: { force: GuardForce; ports: GuardPorts; deadline: AbortSignal },
): Promise<Guarded> {
  const { force, ports, deadline } = given;
  const { username } = request.userInfo;
  if (change.operation === "DELETE" && force.collectorUsers.includes(username)) return NOTHING;
  const now = force.now();
  const override = overrideIn(
    (change.operation === "DELETE" ? change.before : change.after).annotations,
    now,
  );
  const judged = judgedBy(change, force.profiles);
  if ("missing" in judged) return withoutJudge(judged, { override, now, username });

  const asked = caseOf(judged.change, judged.profile);
  const evidence = await ports.gather(asked, neededFor(asked), deadline);
  const verdict = decide(asked, evidence, { override, now });
  const { mode } = judged.profile;
  if (!verdict.allowed) return refuse(verdict.denial, mode, nameOf(asked));
  const unrecorded = await keep(asked, verdict, { request, ports, deadline });
  const overridden = verdict.overridden ?? unrecorded;
  const unread = await readmit(asked, { request, ports, deadline });
  if (overridden === null)
    return unread === null ? NOTHING : { answer: allowed({ warnings: [unread] }), told: null };
  if (override.is === "valid") return letThrough(overridden, nameOf(asked), override, username);
  const message = withOverride(overridden.message, asked, { override, now });
  return refuse({ ...overridden, message }, mode, nameOf(asked));
}

/** Whether anybody goes is seen without a profile; whether they may is not. */
function withoutJudge(
  { change, missing, isLoaded }: Unjudged,
  given: { override: Override; now: Date; username: string },
): Guarded {
  if (!goesAny(change)) return NOTHING;
  const { namespace, name } = subjectOf({ change });
  const why = isLoaded
    ? `which does not exist (any more)`
    : "and this webhook has not been able to load any profiles yet";
  const denial = denyBeside(
    "judge-unknown",
    `StatefulSet ${namespace}/${name} picks profile ${missing}, ${why}, so whether its pods may go is not known. Bring the profile ` +
      "back in ConfigMap rollcall-profiles (the webhook's log says what is wrong with it), then ask again",
  );
  const set = nameOf({ change });
  if (given.override.is === "valid") return letThrough(denial, set, given.override, given.username);
  return refuse({ ...denial, message: withOverride(denial.message, { change }, given) }, "enforce", set);
}

/** Who comes back after a scale-down joins again. @returns a warning where that is not sure; nobody is held up for it */
async function readmit(
  asked: Case,
  { request, ports, deadline }: { request: AdmissionRequest; ports: GuardPorts; deadline: AbortSignal },
): Promise<string | null> {
  const pods = backIn(asked);
  if (pods.length === 0 || request.dryRun === true) return null;
  const soon = AbortSignal.any([deadline, AbortSignal.timeout(READMIT_MS)]);
  const why = await ports.readmit(subjectOf(asked), pods, soon);
  if (why === null) return null;
  return (
    `rollcall: whether ${pods.slice(0, 9).join(", ")} ${pods.length === 1 ? "was" : "were"} evicted before is not known: ${why}. One that waits ` +
    `in rollcall-init for its readmission joins after om rejoin POD in a running member`
  );
}

async function keep(
  asked: Case,
  { toRecord }: Extract<Verdict, { allowed: true }>,
  given: { request: AdmissionRequest; ports: GuardPorts; deadline: AbortSignal },
): Promise<GuardDenial | null> {
  if (toRecord === null || given.request.dryRun === true) return null;
  const why = await given.ports.record(subjectOf(asked), asked, toRecord, given.deadline);
  // a deletion is not held up for it: pods that are left behind are seen all the same
  if (why === null || asked.change.operation === "DELETE") return null;
  return denyBeside(
    "evidence-unknown",
    `${setOf(asked)} would be scaled to zero, but how many pods there were could not be recorded, so nobody could tell later whether all ` +
      `come back: ${why}. Try again`,
  );
}

/** A denial, told as such or as what is held; in mode warn the same words as a warning. */
export function refuse(
  denial: GuardDenial,
  mode: Profile["mode"],
  set: Told["set"],
  is: "denied" | "held" = "denied",
): Guarded {
  const message = sayDenial(denial);
  if (mode === "warn") {
    const would = say("warn-mode", `would deny: ${message}`);
    const told = { is: "would-deny", denial, message: would, set } as const;
    return { answer: allowed({ warnings: linesOf(would), audit: { "would-deny": denial.code } }), told };
  }
  const { rule, code } = denial;
  return { answer: denied(message, { audit: { rule, code } }), told: { is, denial, message, set } };
}

/** What would be denied, were it not for the override. */
export function letThrough(
  denial: GuardDenial,
  set: Told["set"],
  { until, reason }: Extract<Override, { is: "valid" }>,
  user: string,
): Guarded {
  const message =
    `rollcall ${BESIDE_RULES["override-used"].code} override-used: by ${user}, until ${until} (${reason}), although ` +
    `${sayDenial(denial)}`;
  const audit = { override: `${user} until ${until}: ${reason}`, rule: denial.rule, code: denial.code };
  return {
    answer: allowed({ warnings: linesOf(message), audit }),
    told: { is: "overridden", denial, message, set },
  };
}

/** kubectl prints a warning as one line, and the API server cuts long ones: each line is one of its own. */
const linesOf = (message: string): string[] => message.split("\n").map((line) => line.trim());

/** The StatefulSet of a case, for Events. */
export function nameOf(asked: Pick<Case, "change">): Told["set"] {
  const { namespace, name, set } = subjectOf(asked);
  return { namespace, name, uid: set.metadata.uid ?? null };
}
