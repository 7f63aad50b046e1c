// The outcome of a review: the answer to the API server, and what an Event may say about the live StatefulSet.
import { type AdmissionAnswer, allowRequest, denyRequest } from "../admission/answer.ts";
import { formatWarning, toConditional } from "../denials/codes.ts";
import type { Profile } from "../profiles/profile.ts";
import { formatGuardDenial, GENERIC_DENIALS, type GuardDenial } from "./codes.ts";
import { selectEventDenial } from "./confirmedChange.ts";
import { type Override, readOverride } from "./overrides.ts";
import { getTargetSet, type ScaleDownReview } from "./rule.ts";
import type { SetState } from "./setState.ts";

/** The outcome of a review, for Events and metrics. */
export interface ReviewOutcome {
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
  confirm(this: void, live: SetState): ConfirmedOutcome | null;
}

/** The text of an Event, and the live StatefulSet that it is about. */
export interface ConfirmedOutcome {
  readonly is: ReviewOutcome["is"];
  readonly code: string;
  readonly message: string;
  readonly set: { readonly namespace: string; readonly name: string; readonly uid: string };
}

export interface GuardResult {
  readonly answer: AdmissionAnswer;
  readonly outcome: ReviewOutcome | null;
}

/** Allowed, with nothing to report. */
export const ALLOWED: GuardResult = { answer: allowRequest(), outcome: null };

/** The StatefulSet of a review, and the denial for the live one; null: none. */
export interface OutcomeSubject {
  readonly set: ReviewOutcome["set"];
  readonly findLiveDenial: (live: SetState) => GuardDenial | null;
}

/** Denies or holds; in mode Warn the denial becomes a warning. */
export function denyReview(
  denial: GuardDenial,
  mode: Profile["mode"],
  { set, findLiveDenial }: OutcomeSubject,
  is: "denied" | "held" = "denied",
): GuardResult {
  if (mode === "warn") {
    const would = formatWouldDeny(denial);
    const confirm = (live: SetState): ConfirmedOutcome => ({
      is: "would-deny",
      code: denial.code,
      message: formatWouldDeny(selectEventDenial(denial, findLiveDenial(live))),
      set: identifyLiveSet(live),
    });
    const outcome: ReviewOutcome = { is: "would-deny", denial, message: would, set, confirm };
    return {
      answer: allowRequest({ warnings: splitLines(would), audit: { "would-deny": denial.code } }),
      outcome,
    };
  }
  const { rule, code } = denial;
  // a held deletion concerns a pod that is to end
  const message =
    is === "held" ? formatGuardDenial(denial) : addReassurance(formatGuardDenial(denial), set.uid === null);
  const confirm = (live: SetState): ConfirmedOutcome => ({
    is,
    code,
    message: formatGuardDenial(selectEventDenial(denial, findLiveDenial(live))),
    set: identifyLiveSet(live),
  });
  return {
    answer: denyRequest(message, { audit: { rule, code } }),
    outcome: { is, denial, message, set, confirm },
  };
}

/**
 * Ends the sentences before the commands. The other objects of the same kubectl apply may have been changed, and an
 * earlier scale-down may still remove pods, so it speaks of the StatefulSet and of this denial only.
 */
export function addReassurance(message: string, isCreation = false): string {
  const [text = "", ...commands] = message.split("\n");
  const state = `The StatefulSet was not ${isCreation ? "created" : "changed"}`;
  return [`${text} ${state}; this denial does not affect running pods.`, ...commands].join("\n");
}

/** Allows by the override what would be denied. */
export function allowOverridden(
  denial: GuardDenial,
  { set, findLiveDenial }: OutcomeSubject,
  given: { override: Extract<Override, { is: "valid" }>; now: Date; user: string },
): GuardResult {
  const { override, now, user } = given;
  const { until, reason } = override;
  const message = formatOverride(`by ${user} until ${until} (${reason})`, denial);
  const audit = { override: `${user} until ${until}: ${reason}`, rule: denial.rule, code: denial.code };
  // the Event does not name the user, who is in the audit log: a forged review may name any
  const confirm = (live: SetState): ConfirmedOutcome | null => {
    const found = readOverride(live.annotations, now);
    if (found.is !== "valid") return null;
    const words = selectEventDenial(denial, findLiveDenial(live));
    const until = `until ${found.until} (${found.reason})`;
    return {
      is: "overridden",
      code: denial.code,
      message: formatOverride(until, words),
      set: identifyLiveSet(live),
    };
  };
  return {
    answer: allowRequest({ warnings: splitLines(message), audit }),
    outcome: { is: "overridden", denial, message, set, confirm },
  };
}

const formatWouldDeny = (denial: GuardDenial): string =>
  formatWarning("warn-mode", `would deny: ${formatGuardDenial(toConditional(denial))}`);

const formatOverride = (whose: string, denial: GuardDenial): string =>
  `rollcall ${GENERIC_DENIALS["override-used"].code} override-used: overridden ${whose}: ${formatGuardDenial(toConditional(denial))}`;

const identifyLiveSet = ({ namespace, name, set }: SetState): ConfirmedOutcome["set"] => ({
  namespace,
  name,
  uid: set.metadata.uid ?? "",
});

/** One warning for each line: kubectl prints a warning as one line, and the API server truncates long ones. */
const splitLines = (message: string): string[] => message.split("\n").map((line) => line.trim());

/** The StatefulSet of a review, for Events. */
export function identifySet(review: Pick<ScaleDownReview, "change">): ReviewOutcome["set"] {
  const { namespace, name, set } = getTargetSet(review);
  // only a created one has no uid; "" matches no StatefulSet
  const none = review.change.operation === "CREATE" ? null : "";
  return { namespace, name, uid: set.metadata.uid ?? none };
}
