// The answers that the protocol allows, independent of the webhook's code: an invalid review gets a 400; a valid one
// gets a 200 with its uid and a result, and never an internal error.
import { applyPatch, type Operation } from "rfc6902";
import * as z from "zod";
import type { Exchange, WireAnswer } from "./wire.ts";

/** The fault of an exchange as a sentence; null if there is none. */
export type Judge = (exchange: Exchange) => string | null;

const name = z.string().max(1_024);

/** The fields of admission.k8s.io/v1 that the webhook must read. */
const review = z.object({
  apiVersion: z.literal("admission.k8s.io/v1"),
  kind: z.literal("AdmissionReview"),
  request: z.object({
    uid: z.string().min(1).max(1_024),
    kind: z.object({ group: name, version: name, kind: name }),
    resource: z.object({ group: name, version: name, resource: name }),
    subResource: name.optional(),
    name: name.optional(),
    namespace: name.optional(),
    operation: z.enum(["CREATE", "UPDATE", "DELETE", "CONNECT"]),
    userInfo: z.object({ username: z.string().optional(), groups: z.array(z.string()).optional() }),
    dryRun: z.boolean().nullish(),
  }),
});

/** The operations of RFC 6902 that the webhook uses. */
const operations = z.array(
  z.discriminatedUnion("op", [
    z.object({ op: z.enum(["add", "replace"]), path: z.string(), value: z.unknown() }),
    z.object({ op: z.literal("copy"), path: z.string(), from: z.string() }),
  ]),
);

const answered = z.object({
  apiVersion: z.literal("admission.k8s.io/v1"),
  kind: z.literal("AdmissionReview"),
  response: z.strictObject({
    uid: z.string(),
    allowed: z.boolean(),
    status: z
      .object({
        status: z.literal("Failure"),
        message: z.string().min(1).max(40_000),
        reason: z.string(),
        code: z.int().min(400).max(599),
      })
      .optional(),
    patchType: z.literal("JSONPatch").optional(),
    patch: z.base64().optional(),
    warnings: z.array(z.string()).optional(),
    auditAnnotations: z.record(z.string(), z.string()).optional(),
  }),
});

/** No API object is nested so deeply; the webhook rejects more. */
const MOST_LEVELS = 500;

function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let levels = 0; levels <= MOST_LEVELS; levels += 1) {
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
    if (level.length === 0) return false;
  }
  return true;
}

/** The uid of a review; null if the text is not a review. */
export function readReviewUid(text: string): string | null {
  try {
    const json: unknown = JSON.parse(text);
    if (isTooDeep(json)) return null;
    const read = review.safeParse(json);
    return read.success ? read.data.request.uid : null;
  } catch {
    return null;
  }
}

const short = (text: string): string => JSON.stringify(text.length > 400 ? `${text.slice(0, 400)}…` : text);

const say = ({ answers, isClosed }: Exchange): string =>
  `${answers.map(({ status, text }) => `${status} ${short(text)}`).join(", ") || "no answer"}${isClosed ? ", closed" : ""}`;

/** The texts are answered in order: 200 and a result for a review, 400 for anything else. */
export function reviewAnswers(texts: readonly string[]): Judge {
  return (exchange) => {
    const { answers } = exchange;
    if (answers.length !== texts.length) return `${texts.length} answers were expected: ${say(exchange)}`;
    for (const [index, text] of texts.entries()) {
      const wrong = whyWrong(answers[index] as WireAnswer, text);
      if (wrong !== null) return `${wrong}: ${say(exchange)}`;
    }
    return null;
  };
}

function whyWrong({ status, text }: WireAnswer, asked: string): string | null {
  const uid = readReviewUid(asked);
  if (uid === null) {
    if (status !== 400) return "400 was expected for what is no review";
    return text.length > 1 && text.length < 2_048 ? null : "a sentence was expected";
  }
  if (status !== 200) return "200 was expected for a review";
  const { success, data } = answered.safeParse(parse(text));
  if (!success) return "the answer is no AdmissionReview";
  if (data.response.uid !== uid) return `the uid is not ${short(uid)}`;
  return whyNoVerdict(data.response, asked);
}

function whyNoVerdict(
  { allowed, status, patch, patchType }: z.infer<typeof answered>["response"],
  asked: string,
): string | null {
  if (allowed === (status !== undefined)) return "a refusal has words, and nothing else has";
  if (status?.message.includes("failed to decide") === true) return "a fault of the webhook's own";
  if ((patch === undefined) !== (patchType === undefined)) return "a patch has a type";
  if (patch === undefined) return null;
  return allowed ? whyNotApplied(patch, asked) : "a refusal has a patch";
}

/** Why the API server could not apply a patch to the object of the review. */
function whyNotApplied(base64: string, asked: string): string | null {
  const read = operations.safeParse(parse(Buffer.from(base64, "base64").toString()));
  if (!read.success) return `the patch is none: ${z.prettifyError(read.error).slice(0, 300)}`;
  const { request } = JSON.parse(asked) as { request: { object: unknown } };
  const [fault] = applyPatch(request.object, read.data as Operation[]).filter((each) => each !== null);
  return fault === undefined ? null : `the patch cannot be applied: ${fault.message}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Expects one answer, with one of these statuses. */
export function expectOneStatus(...statuses: readonly number[]): Judge {
  return (exchange) => {
    const [answer, ...more] = exchange.answers;
    const isRight = answer !== undefined && more.length === 0 && statuses.includes(answer.status);
    return isRight ? null : `${statuses.join(" or ")} was expected: ${say(exchange)}`;
  };
}

/** The server closes a connection without a head after 10 s: on a busy machine the sender may have been too slow. */
const MAY_BE_LATE_MS = 9_000;

/** Expects one of these statuses, or the end of the connection. */
export function expectStatusOrClose(...statuses: readonly number[]): Judge {
  return (exchange) => {
    const { answers, isClosed, milliseconds } = exchange;
    if (milliseconds > MAY_BE_LATE_MS && answers.every(({ status }) => status === 408)) return null;
    const isRight =
      answers.length === 0 ? isClosed : answers.every(({ status }) => statuses.includes(status));
    return isRight ? null : `${statuses.join(" or ")} or closing was expected: ${say(exchange)}`;
  };
}
