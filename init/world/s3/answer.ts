// Translates an S3 server's answer to GetResult and PutResult (docs/research/runner.md#s3-conditional-writes), and
// describes errors with advice.

import { isTlsTrouble } from "../../contract/network.ts";
import type { GetResult, ObjectStore, PutResult } from "../../engine/ports.ts";

/** A call without an object or an ETag as its result. */
export type S3Error =
  /** nothing was sent, because there are no keys to sign it with; isTransient: a retry may find some */
  | { is: "no-keys"; why: string; isTransient: boolean }
  /** no answer, or an incomplete one; code: the system's, or "" */
  | { is: "no-answer"; code: string; why: string }
  | { is: "answer"; status: number; code: string; said: string; region: string | null; date: Date | null }
  /** a successful answer that is unusable; a retry would give the same */
  | { is: "useless"; why: string };

type Condition = Parameters<ObjectStore["put"]>[2];

/** The GetResult of a failed GET. */
export function toGetResult(error: S3Error, where: string): GetResult {
  if (error.is === "answer" && error.status === 404 && error.code === "NoSuchKey") return { is: "absent" };
  const why = `${where}: ${describeS3Error(error)}`;
  switch (error.is) {
    case "no-keys":
      return { is: "failed", why, isTransient: error.isTransient };
    case "useless":
      return { is: "failed", why, isTransient: false };
    case "no-answer":
      return { is: "failed", why, isTransient: !isForGood(error.code) };
    case "answer":
      return { is: "failed", why, isTransient: classifyAnswer(error) !== "no" };
  }
}

/** The PutResult of a failed PUT. */
export function toPutResult(error: S3Error, where: string, condition: Condition): PutResult {
  if (error.is === "answer" && isConditionUnmet(error, condition)) return { is: "precondition" };
  const why = `${where}: ${describeS3Error(error)}`;
  switch (error.is) {
    case "no-keys":
      return { is: "failed", why, ends: error.isTransient ? "busy" : "refused" };
    case "useless":
      return { is: "failed", why, ends: "unknown" };
    case "no-answer":
      return { is: "failed", why, ends: isForGood(error.code) ? "refused" : "unknown" };
    case "answer":
      return { is: "failed", why, ends: ENDS[classifyAnswer(error)] };
  }
}

type S3Answer = Extract<S3Error, { is: "answer" }>;

const ENDS = { unclear: "unknown", later: "busy", no: "refused" } as const;

/** Old versions of MinIO answer 304; AWS answers 404 to If-Match on a missing key. */
function isConditionUnmet({ status, code }: S3Answer, condition: Condition): boolean {
  if (condition === "any") return false;
  return status === 412 || status === 304 || (typeof condition === "object" && code === "NoSuchKey");
}

/**
 * unclear: the request may have taken effect; later: it did not, and a retry may succeed; no: a retry does not help.
 */
function classifyAnswer({ status, code }: S3Answer): keyof typeof ENDS {
  if (status === 409 || status === 429) return "later";
  // S3 answers RequestTimeout with 400 if the body did not arrive in time
  if (status === 408 || code === "RequestTimeout") return "unclear";
  return status >= 500 && status !== 501 ? "unclear" : "no";
}

/** Whether nothing could be sent, and a retry does not help. */
const isForGood = (code: string): boolean => isTlsTrouble(code) || code === "ERR_INVALID_CHAR";

/** One clause: what the answer was, and what to check. */
export function describeS3Error(error: S3Error): string {
  if (error.is !== "answer") {
    const untrusted = error.is === "no-answer" && isTlsTrouble(error.code);
    return untrusted ? `${error.why}; set a private CA in the profile's s3.caBundle` : error.why;
  }
  const { status, code, said } = error;
  const answer = [`the answer is ${status}`, code].filter((part) => part !== "").join(" ");
  const advice = getAdvice(error);
  return `${answer}${said === "" ? "" : `, ${JSON.stringify(said)}`}${advice === "" ? "" : `; ${advice}`}`;
}

const ELSEWHERE = "the bucket is at another endpoint: check endpoint and region";
const UNKNOWN_KEY = "the server does not know this access key: check the Secret";
const EXPIRED = "the session token has expired: renew it in the Secret";

const ADVICE: Readonly<Record<string, string>> = {
  AccessDenied:
    "check that the user of the keys has s3:GetObject and s3:PutObject, and s3:ListBucket (without it AWS gives this answer for a missing object, too)",
  InvalidAccessKeyId: UNKNOWN_KEY,
  // versitygw's code, with a 404
  XAdminUserNotFound: UNKNOWN_KEY,
  SignatureDoesNotMatch:
    "the secret key is not the access key's, or a proxy changes the request: check the Secret",
  ExpiredToken: EXPIRED,
  InvalidToken: EXPIRED,
  NoSuchBucket: "the bucket does not exist: check the bucket's name and the endpoint",
  PermanentRedirect: ELSEWHERE,
  TemporaryRedirect: ELSEWHERE,
  AuthorizationHeaderMalformed: "the keys belong to another region: check the region",
  NotImplemented:
    "the server does not support conditional writes, or the request's checksum (checksum: when-required)",
};

function getAdvice({ status, code, region, date }: S3Answer): string {
  const inRegion = region === null ? "" : ` (the server names the region ${region})`;
  if (code === "RequestTimeTooSkewed") return `check this node's clock${describeSkew(date)}`;
  const known = ADVICE[code];
  if (known !== undefined) return known + inRegion;
  if (status >= 300 && status < 400) return ELSEWHERE + inRegion;
  if (status === 401 || status === 403) return "check the keys and the permissions of their user";
  if (status === 404 && code === "")
    return "an S3 server would give a code: check endpoint, bucket and pathStyle";
  if (status === 501) return ADVICE["NotImplemented"] ?? "";
  if (status === 400) return "check endpoint (http or https), region, pathStyle and checksum";
  return "";
}

function describeSkew(date: Date | null): string {
  if (date === null) return "";
  const minutes = Math.round(Math.abs(Date.now() - date.getTime()) / 60_000);
  return `: it differs from the server's by ${minutes} min`;
}
