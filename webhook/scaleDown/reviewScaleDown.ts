// Reviews changes of StatefulSets and their scale: a request in; an answer out, and what to report in Events. Whatever
// is not in the review comes through ports, so that nothing here depends on a network.
import { type Answer, allowed, denied } from "../admission/answer.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import { say } from "../denials/codes.ts";
import { listNames } from "../kubernetes/shorten.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import type { Change } from "./change.ts";
import { BESIDE_RULES, denyBeside, type GuardDenial, sayDenial } from "./codes.ts";
import { kubectlIn, shellWord } from "./commands.ts";
import { changeFrom, wordsOf } from "./confirmedChange.ts";
import { decide, neededFor, type Verdict } from "./decide.ts";
import type { Evidence, EvidenceKind } from "./evidence.ts";
import { isGarbageCollector, withCollector } from "./garbageCollectors.ts";
import { goesAny, judgedBy, type Unjudged } from "./governingProfile.ts";
import { describeChange, inspectWith, message, openDenial, pluralize } from "./messages.ts";
import { withOverride } from "./overrideHint.ts";
import { type Override, overrideIn } from "./overrides.ts";
import { backIn } from "./removedPods.ts";
import { type Case, caseOf, subjectOf } from "./rule.ts";
import type { SetState } from "./setState.ts";

export interface GuardPorts {
  /** gathers these kinds at the same time, within the deadline; the others are unknown */
  gather(asked: Case, kinds: ReadonlySet<EvidenceKind>, deadline: AbortSignal): Promise<Evidence>;
  /** records how many pods the live StatefulSet has; null: done, otherwise why not */
  record(set: SetState, asked: Case, deadline: AbortSignal): Promise<string | null>;
  /** lets evicted pods join their ring again; null: done, otherwise why not */
  readmit(set: SetState, pods: readonly string[], deadline: AbortSignal): Promise<string | null>;
  /** whether a namespace is terminating @default false, without a cluster */
  isEnding?(namespace: string, deadline: AbortSignal): Promise<boolean>;
}

export interface GuardForce {
  /** null until they have been loaded */
  readonly profiles: Profiles | null;
  /** controllers that delete what is in a terminating namespace */
  readonly collectorUsers: readonly string[];
  readonly now: () => Date;
}

/** The outcome of a review, for Events and metrics. */
export interface Told {
  /** held: the request of a controller, which retries by itself */
  readonly is: "denied" | "held" | "would-deny" | "overridden";
  readonly denial: GuardDenial;
  /** as users read it */
  readonly message: string;
  readonly set: { readonly namespace: string; readonly name: string; readonly uid: string | null };
  /**
   * What an Event may say: only what the live StatefulSet confirms; null: nothing.
   * @param live of the same namespace, name and uid; at a creation the review has no uid yet
   */
  confirm(this: void, live: SetState): Confirmed | null;
}

/** The text of an Event, and the live StatefulSet that it is about. */
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

/** Milliseconds. Best effort; it must not delay the response. */
const READMIT_MS = 2_000;

/** Allowed, with nothing to report. */
export const NOTHING: Guarded = { answer: allowed(), told: null };

/** Answers CREATE, UPDATE and DELETE of a StatefulSet, and UPDATE of its scale. */
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

/** No person reads the response to the garbage collector, so the Event says what to do. */
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
    // in a terminating namespace every deletion is allowed, also without a profile
    const isDeletion = change.operation === "DELETE";
    if (isDeletion && (await ports.isEnding?.(change.before.namespace, deadline)) === true) return NOTHING;
    const confirmed = (live: SetState) => unjudgedDenial(judgedBy(changeFrom(change, live), force.profiles));
    return withoutJudge(judged, { override, now, username, confirmed });
  }

  const asked = caseOf(judged.change, judged.profile);
  const evidence = await ports.gather(asked, neededFor(asked), deadline);
  const verdict = decide(asked, evidence, { override, now });
  const { mode } = judged.profile;
  /** the denial for the live StatefulSet, by the same profile and evidence */
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

/** Without a profile it is visible whether pods are removed, but not whether they may be. */
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
  const message = withOverride(denial.message, { change }, { ...given, offered: true });
  return refuse({ ...denial, message }, "enforce", about);
}

function unjudgedDenial(judged: ReturnType<typeof judgedBy>): GuardDenial | null {
  if (!("missing" in judged) || !goesAny(judged.change)) return null;
  const { change, missing, isLoaded, isRejected } = judged;
  const { namespace, name } = subjectOf({ change });
  const what = `${describeChange(change, `StatefulSet ${namespace}/${name}`)} is denied:`;
  const { message: text } = !isLoaded
    ? message(
        `${what} its profile "${missing}" is unknown, since the webhook has not loaded any RollcallProfiles yet. Retry; if this persists, check the ` +
          "webhook's log.",
        inspectWith(kubectlIn("rollcall-system", "logs", "deployment/rollcall")),
      )
    : isRejected
      ? message(
          `${what} its profile "${missing}" is not active. Correct the profile, then retry.`,
          inspectWith(`kubectl describe rcp ${shellWord(missing)}`),
        )
      : message(
          `${what} its profile "${missing}" does not exist. Apply that RollcallProfile again, then retry.`,
        );
  return denyBeside("profile-missing", text);
}

/**
 * Members that a scale-up adds again may join again. @returns a warning if that failed, which must not delay the
 * scale-up
 */
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
    `rollcall: cannot determine whether ${listNames(pods)} ${pluralize(pods.length, "was", "were")} evicted earlier: ${why}. If a pod waits in ` +
    `rollcall-init for its readmission, run \`/rollcall/rollcall ${asked.ring?.command} rejoin POD\` in a running member.`
  );
}

async function keep(
  asked: Case,
  { toRecord }: Extract<Verdict, { allowed: true }>,
  given: { request: AdmissionRequest; ports: GuardPorts; deadline: AbortSignal },
): Promise<GuardDenial | null> {
  if (toRecord === null || given.request.dryRun === true) return null;
  const why = await given.ports.record(subjectOf(asked), asked, given.deadline);
  // a deletion does not wait for it: pods that are left behind are seen anyway
  if (why === null || asked.change.operation === "DELETE") return null;
  return denyBeside(
    "state-unavailable",
    `${openDenial(asked, `cannot record how many pods there are: ${why}`)} Without that a later scale-up with too few pods would not be noticed. Retry when the record can be written.`,
  );
}

/** The StatefulSet of a review, and the denial for the live one; null: none. */
export interface About {
  readonly set: Told["set"];
  readonly confirmed: (live: SetState) => GuardDenial | null;
}

/** Denies or holds; in mode Warn the denial becomes a warning. */
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

/** Allows by the override what would be denied. */
export function letThrough(
  denial: GuardDenial,
  { set, confirmed }: About,
  given: { override: Extract<Override, { is: "valid" }>; now: Date; user: string },
): Guarded {
  const { override, now, user } = given;
  const { until, reason } = override;
  const message = sayOverride(`by ${user} until ${until} (${reason})`, denial);
  const audit = { override: `${user} until ${until}: ${reason}`, rule: denial.rule, code: denial.code };
  // the Event does not name the user, who is in the audit log: a forged review may name any
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
  `rollcall ${BESIDE_RULES["override-used"].code} override-used: overridden ${whose}: ${sayDenial(denial)}`;

const liveNameOf = ({ namespace, name, set }: SetState): Confirmed["set"] => ({
  namespace,
  name,
  uid: set.metadata.uid ?? "",
});

/** One warning for each line: kubectl prints a warning as one line, and the API server truncates long ones. */
const linesOf = (message: string): string[] => message.split("\n").map((line) => line.trim());

/** The StatefulSet of a review, for Events. */
export function nameOf(asked: Pick<Case, "change">): Told["set"] {
  const { namespace, name, set } = subjectOf(asked);
  // only a created one has no uid; "" matches no StatefulSet
  const none = asked.change.operation === "CREATE" ? null : "";
  return { namespace, name, uid: set.metadata.uid ?? none };
}
