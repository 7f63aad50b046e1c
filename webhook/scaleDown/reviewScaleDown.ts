// Reviews of StatefulSets and their scale: request in, answer out, and what has to be told elsewhere. All that is not
// in the review comes through ports, so that the shell alone knows of networks.
import { type Answer, allowed, denied } from "../admission/answer.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import { say } from "../denials/codes.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import type { Change } from "./change.ts";
import { BESIDE_RULES, denyBeside, type GuardDenial, sayDenial } from "./codes.ts";
import { changeFrom, wordsOf } from "./confirmedChange.ts";
import { decide, neededFor, type Verdict } from "./decide.ts";
import type { Evidence, EvidenceKind } from "./evidence.ts";
import { isGarbageCollector, withCollector } from "./garbageCollectors.ts";
import { goesAny, judgedBy, type Unjudged } from "./governingProfile.ts";
import { setOf } from "./messages.ts";
import { withOverride } from "./overrideHint.ts";
import { type Override, overrideIn } from "./overrides.ts";
import { backIn } from "./removedPods.ts";
import { type Case, caseOf, subjectOf } from "./rule.ts";
import type { SetState } from "./setState.ts";

export interface GuardPorts {
  /** asks for these kinds, all at once, within the deadline; what is not asked for is unknown */
  gather(asked: Case, kinds: ReadonlySet<EvidenceKind>, deadline: AbortSignal): Promise<Evidence>;
  /** writes into the record how many pods the live set has; null: done, otherwise why not */
  record(set: SetState, asked: Case, deadline: AbortSignal): Promise<string | null>;
  /** lets these pods join their ring again where they were kept out of it; null: done, otherwise why not */
  readmit(set: SetState, pods: readonly string[], deadline: AbortSignal): Promise<string | null>;
  /** whether a namespace is on its way out @default where there is no cluster to ask: no */
  isEnding?(namespace: string, deadline: AbortSignal): Promise<boolean>;
}

export interface GuardForce {
  /** null while none have been loaded */
  readonly profiles: Profiles | null;
  /** controllers that delete what is in a namespace that ends */
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
  /**
   * What may be told to others than who asked: in words that the live StatefulSet confirms; null: nothing.
   * @param live of the same namespace, name and uid; where it is created the review has no uid yet
   */
  confirm(this: void, live: SetState): Confirmed | null;
}

/** Words for an Event, and the live StatefulSet that it stands under. */
export interface Confirmed {
  readonly is: Told["is"];
  readonly code: string;
  readonly message: string;
  readonly set: { readonly namespace: string; readonly name: string; readonly uid: string };
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
  const { username } = request.userInfo;
  if (change.operation === "DELETE" && given.force.collectorUsers.includes(username)) return NOTHING;
  if (change.operation === "DELETE" && isGarbageCollector(username)) {
    const judged = await judge(change, request, given);
    return asCollected(judged);
  }
  return judge(change, request, given);
}

/** Its denials are told by its own words to nobody: the Event under the StatefulSet says what to do. */
function asCollected({ answer, told }: Guarded): Guarded {
  if (told === null || told.is !== "denied") return { answer, told };
  return { answer, told: { ...told, is: "held", confirm: (live) => collected(told.confirm(live), live) } };
}

function collected(confirmed: Confirmed | null, live: SetState): Confirmed | null {
  if (confirmed === null) return null;
  const change: Change = { operation: "DELETE", before: live, after: null };
  return { ...confirmed, is: "held", message: withCollector(confirmed.message, { change }, live.name) };
}

async function judge(
  change: Change,
  request: AdmissionRequest,
  given: { force: GuardForce; ports: GuardPorts; deadline: AbortSignal },
): Promise<Guarded> {
  const { force, ports, deadline } = given;
  const { username } = request.userInfo;
  const now = force.now();
  const override = overrideIn(
    (change.operation === "DELETE" ? change.before : change.after).annotations,
    now,
  );
  const judged = judgedBy(change, force.profiles);
  if ("missing" in judged) {
    // what ends takes its sets with it, also those that nobody can judge
    const isDeletion = change.operation === "DELETE";
    if (isDeletion && (await ports.isEnding?.(change.before.namespace, deadline)) === true) return NOTHING;
    const confirmed = (live: SetState) => unjudgedDenial(judgedBy(changeFrom(change, live), force.profiles));
    return withoutJudge(judged, { override, now, username, confirmed });
  }

  const asked = caseOf(judged.change, judged.profile);
  const evidence = await ports.gather(asked, neededFor(asked), deadline);
  const verdict = decide(asked, evidence, { override, now });
  const { mode } = judged.profile;
  /** the denial that the live StatefulSet gives by the same profile and the same evidence */
  const confirmed = (live: SetState): GuardDenial | null => {
    const again = judgedBy(changeFrom(change, live), force.profiles);
    if ("missing" in again || again.profile !== judged.profile) return null;
    const found = decide(caseOf(again.change, again.profile), evidence, { override: { is: "none" }, now });
    return found.allowed ? null : found.denial;
  };
  if (!verdict.allowed) return refuse(verdict.denial, mode, { set: nameOf(asked), confirmed });
  const unrecorded = await keep(asked, verdict, { request, ports, deadline });
  const overridden = verdict.overridden ?? unrecorded;
  const unread = await readmit(asked, { request, ports, deadline });
  if (overridden === null)
    return unread === null ? NOTHING : { answer: allowed({ warnings: [unread] }), told: null };
  const about = { set: nameOf(asked), confirmed };
  if (override.is === "valid") return letThrough(overridden, about, { override, now, user: username });
  const message = withOverride(overridden.message, asked, { override, now });
  return refuse({ ...overridden, message }, mode, about);
}

/** Whether anybody goes is seen without a profile; whether they may is not. */
function withoutJudge(
  judged: Unjudged,
  given: { override: Override; now: Date; username: string; confirmed: About["confirmed"] },
): Guarded {
  const { change } = judged;
  const { override, now, username: user, confirmed } = given;
  const denial = unjudgedDenial(judged);
  if (denial === null) return NOTHING;
  const about = { set: nameOf({ change }), confirmed };
  if (override.is === "valid") return letThrough(denial, about, { override, now, user });
  return refuse({ ...denial, message: withOverride(denial.message, { change }, given) }, "enforce", about);
}

function unjudgedDenial(judged: ReturnType<typeof judgedBy>): GuardDenial | null {
  if (!("missing" in judged) || !goesAny(judged.change)) return null;
  const { change, missing, isLoaded, isRejected } = judged;
  const { namespace, name } = subjectOf({ change });
  const [why, remedy] = !isLoaded
    ? [
        "and this webhook has not been able to list RollcallProfiles yet",
        "The webhook's log says why: kubectl -n rollcall-system logs deployment/rollcall. Then retry",
      ]
    : isRejected
      ? [
          "which is not active",
          `Correct the profile (kubectl describe rcp ${missing} says what is wrong), then retry`,
        ]
      : ["which does not exist (any more)", `Apply RollcallProfile ${missing} again, then retry`];
  return denyBeside(
    "profile-missing",
    `StatefulSet ${namespace}/${name} picks profile ${missing}, ${why}, so whether its pods may go is not known. ${remedy}`,
  );
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
    `in rollcall-init for its readmission joins after ${asked.ring?.command} rejoin POD in a running member`
  );
}

async function keep(
  asked: Case,
  { toRecord }: Extract<Verdict, { allowed: true }>,
  given: { request: AdmissionRequest; ports: GuardPorts; deadline: AbortSignal },
): Promise<GuardDenial | null> {
  if (toRecord === null || given.request.dryRun === true) return null;
  const why = await given.ports.record(subjectOf(asked), asked, given.deadline);
  // a deletion is not held up for it: pods that are left behind are seen all the same
  if (why === null || asked.change.operation === "DELETE") return null;
  return denyBeside(
    "state-unavailable",
    `${setOf(asked)} would be scaled to zero, but how many pods there were could not be recorded, so nobody could tell later whether all ` +
      `come back: ${why}. Try again`,
  );
}

/** The set that something is told of, and the denial that the live one gives; null: it gives none. */
export interface About {
  readonly set: Told["set"];
  readonly confirmed: (live: SetState) => GuardDenial | null;
}

/** A denial, told as such or as what is held; in mode warn the same words as a warning. */
export function refuse(
  denial: GuardDenial,
  mode: Profile["mode"],
  { set, confirmed }: About,
  is: "denied" | "held" = "denied",
): Guarded {
  const message = sayDenial(denial);
  if (mode === "warn") {
    const would = sayWouldDeny(denial);
    const confirm = (live: SetState): Confirmed => ({
      is: "would-deny",
      code: denial.code,
      message: sayWouldDeny(wordsOf(denial, confirmed(live))),
      set: liveNameOf(live),
    });
    const told: Told = { is: "would-deny", denial, message: would, set, confirm };
    return { answer: allowed({ warnings: linesOf(would), audit: { "would-deny": denial.code } }), told };
  }
  const { rule, code } = denial;
  const confirm = (live: SetState): Confirmed => ({
    is,
    code,
    message: sayDenial(wordsOf(denial, confirmed(live))),
    set: liveNameOf(live),
  });
  return { answer: denied(message, { audit: { rule, code } }), told: { is, denial, message, set, confirm } };
}

/** What would be denied, were it not for the override. */
export function letThrough(
  denial: GuardDenial,
  { set, confirmed }: About,
  given: { override: Extract<Override, { is: "valid" }>; now: Date; user: string },
): Guarded {
  const { override, now, user } = given;
  const { until, reason } = override;
  const message = sayOverride(`by ${user}, until ${until} (${reason})`, denial);
  const audit = { override: `${user} until ${until}: ${reason}`, rule: denial.rule, code: denial.code };
  // who it was is in the audit log: a review's user may be invented
  const confirm = (live: SetState): Confirmed | null => {
    const found = overrideIn(live.annotations, now);
    if (found.is !== "valid") return null;
    const words = wordsOf(denial, confirmed(live));
    const until = `until ${found.until} (${found.reason})`;
    return { is: "overridden", code: denial.code, message: sayOverride(until, words), set: liveNameOf(live) };
  };
  return {
    answer: allowed({ warnings: linesOf(message), audit }),
    told: { is: "overridden", denial, message, set, confirm },
  };
}

const sayWouldDeny = (denial: GuardDenial): string => say("warn-mode", `would deny: ${sayDenial(denial)}`);

const sayOverride = (whose: string, denial: GuardDenial): string =>
  `rollcall ${BESIDE_RULES["override-used"].code} override-used: ${whose}, although ${sayDenial(denial)}`;

const liveNameOf = ({ namespace, name, set }: SetState): Confirmed["set"] => ({
  namespace,
  name,
  uid: set.metadata.uid ?? "",
});

/** kubectl prints a warning as one line, and the API server cuts long ones: each line is one of its own. */
const linesOf = (message: string): string[] => message.split("\n").map((line) => line.trim());

/** The StatefulSet of a case, for Events. */
export function nameOf(asked: Pick<Case, "change">): Told["set"] {
  const { namespace, name, set } = subjectOf(asked);
  // only one that is created has none; without it an older one would be any set of that name
  const none = asked.change.operation === "CREATE" ? null : "";
  return { namespace, name, uid: set.metadata.uid ?? none };
}
