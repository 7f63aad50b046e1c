// Reviews of StatefulSets and their scale: request in, answer out, and what has to be told elsewhere. All that is not
// in the review comes through ports, so that the shell alone knows of networks.
import { type Answer, allowed, denied } from "../admission/answer.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import { say } from "../inject/codes.ts";
import type { Profile, Profiles } from "../profiles/profile.ts";
import type { Change } from "./change.ts";
import { BESIDE_RULES, denyBeside, type GuardDenial, sayDenial } from "./codes.ts";
import { decide, neededFor, type Verdict } from "./decide.ts";
import type { Evidence, EvidenceKind } from "./evidence.ts";
import type { Span } from "./ordinals.ts";
import { type Override, overrideIn } from "./passes.ts";
import { type Case, caseOf, subjectOf } from "./rule.ts";
import type { SetState } from "./state.ts";

export interface GuardPorts {
  /** asks for these kinds, all at once, within the deadline; what is not asked for is unknown */
  gather(asked: Case, kinds: ReadonlySet<EvidenceKind>, deadline: AbortSignal): Promise<Evidence>;
  /** writes into the record how many there were; null: done, otherwise why not */
  record(set: SetState, asked: Case, ordinals: Span, deadline: AbortSignal): Promise<string | null>;
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
  readonly is: "denied" | "would-deny" | "overridden";
  readonly denial: GuardDenial;
  /** as users read it */
  readonly message: string;
  readonly set: { readonly namespace: string; readonly name: string; readonly uid: string | null };
}

export interface Guarded {
  readonly answer: Answer;
  readonly told: Told | null;
}

const NOTHING: Guarded = { answer: allowed(), told: null };

/** Answers what would change: CREATE, UPDATE, DELETE of a StatefulSet, or its scale. */
export async function guard(
  change: Change,
  request: AdmissionRequest,
  given: { force: GuardForce; ports: GuardPorts; deadline: AbortSignal },
): Promise<Guarded> {
  const { force, ports, deadline } = given;
  const { username } = request.userInfo;
  if (change.operation === "DELETE" && force.collectorUsers.includes(username)) return NOTHING;
  const label = change.before?.profile ?? change.after?.profile ?? "";
  const profile = force.profiles?.get(label);
  if (profile === undefined) return withoutJudge(change, label);

  const asked = caseOf(change, profile);
  const now = force.now();
  const override = overrideIn(
    (change.operation === "DELETE" ? change.before : change.after).annotations,
    now,
  );
  const evidence = await ports.gather(asked, neededFor(asked), deadline);
  const verdict = decide(asked, evidence, { override, now });
  if (!verdict.allowed) return refuse(verdict.denial, profile.mode, asked);
  const unrecorded = await keep(asked, verdict, { request, ports, deadline });
  if (unrecorded !== null) return refuse(unrecorded, profile.mode, asked);
  return verdict.overridden === null ? NOTHING : letThrough(verdict.overridden, asked, override, username);
}

/** Whether anybody goes is seen without a profile; whether they may is not. */
function withoutJudge(change: Change, label: string): Guarded {
  // a profile that nobody has: all that is asked is what is gone
  const goes = change.before !== null && goesAny(change);
  if (!goes) return NOTHING;
  const { namespace, name } = change.before;
  const denial = denyBeside(
    "judge-unknown",
    `StatefulSet ${namespace}/${name} picks profile ${label}, which does not exist (any more), so whether its pods may go is not known; ` +
      `bring the profile back (ConfigMap rollcall-profiles), then ask again`,
  );
  return refuse(denial, "enforce", null);
}

function goesAny(change: Change): boolean {
  if (change.operation !== "UPDATE") return change.operation === "DELETE";
  const { before, after } = change;
  const end = ({ ordinals }: SetState): number => ordinals.start + ordinals.replicas;
  const isDrop = after.ordinals.start > before.ordinals.start || end(after) < end(before);
  return before.ordinals.replicas > 0 && (isDrop || before.profile !== after.profile);
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
    `how many pods there were could not be recorded, so nobody could tell whether all come back: ${why}. Try again`,
  );
}

function refuse(denial: GuardDenial, mode: Profile["mode"], asked: Case | null): Guarded {
  const message = sayDenial(denial);
  const set = asked === null ? null : nameOf(asked);
  if (mode === "warn") {
    const would = say("warn-mode", `would deny: ${message}`);
    const told = set === null ? null : ({ is: "would-deny", denial, message: would, set } as const);
    return { answer: allowed({ warnings: linesOf(would), audit: { "would-deny": denial.code } }), told };
  }
  const { rule, code } = denial;
  const told = set === null ? null : ({ is: "denied", denial, message, set } as const);
  return { answer: denied(message, { audit: { rule, code } }), told };
}

function letThrough(denial: GuardDenial, asked: Case, override: Override, user: string): Guarded {
  const until = override.is === "valid" ? override.until : "";
  const reason = override.is === "valid" ? override.reason : "";
  const message =
    `rollcall ${BESIDE_RULES["override-used"].code} override-used: by ${user}, until ${until} (${reason}), although ` +
    `${sayDenial(denial)}`;
  const audit = { override: `${user} until ${until}: ${reason}`, rule: denial.rule, code: denial.code };
  return {
    answer: allowed({ warnings: linesOf(message), audit }),
    told: { is: "overridden", denial, message, set: nameOf(asked) },
  };
}

/** kubectl prints a warning as one line, and the API server cuts long ones: each line is one of its own. */
const linesOf = (message: string): string[] => message.split("\n").map((line) => line.trim());

function nameOf(asked: Case): Told["set"] {
  const { namespace, name, set } = subjectOf(asked);
  return { namespace, name, uid: set.metadata.uid ?? null };
}
