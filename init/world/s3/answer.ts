// What an S3 server's answer means for the engine: the table behind Got and Put
// (docs/research/runner.md#s3-conditional-writes), and the sentence for whoever has to mend it.

import { isTlsTrouble } from "../../contract/network.ts";
import type { GetResult, ObjectStore, PutResult } from "../../engine/ports.ts";

/** A call that did not come back with an object or an ETag. */
export type S3Error =
  /** nothing was sent, since there are no keys to sign it with; passing: another try may find some */
  | { is: "no-keys"; why: string; passing: boolean }
  /** no answer, or not a whole one; code: the system's, "" where there is none */
  | { is: "no-answer"; code: string; why: string }
  | { is: "answer"; status: number; code: string; said: string; region: string | null; date: Date | null }
  /** an answer that says yes and is of no use; the same would come at another try */
  | { is: "useless"; why: string };

type Condition = Parameters<ObjectStore["put"]>[2];

/** What a GET that brought no object means. */
export function toGetResult(trouble: S3Error, where: string): GetResult {
  if (trouble.is === "answer" && trouble.status === 404 && trouble.code === "NoSuchKey")
    return { is: "absent" };
  const why = `${where}: ${describeS3Error(trouble)}`;
  switch (trouble.is) {
    case "no-keys":
      return { is: "failed", why, passing: trouble.passing };
    case "useless":
      return { is: "failed", why, passing: false };
    case "no-answer":
      return { is: "failed", why, passing: !isForGood(trouble.code) };
    case "answer":
      return { is: "failed", why, passing: classifyAnswer(trouble) !== "no" };
  }
}

/** What a PUT that brought no ETag means. */
export function toPutResult(trouble: S3Error, where: string, condition: Condition): PutResult {
  if (trouble.is === "answer" && isUnmet(trouble, condition)) return { is: "precondition" };
  const why = `${where}: ${describeS3Error(trouble)}`;
  switch (trouble.is) {
    case "no-keys":
      return { is: "failed", why, ends: trouble.passing ? "busy" : "refused" };
    case "useless":
      return { is: "failed", why, ends: "unknown" };
    case "no-answer":
      return { is: "failed", why, ends: isForGood(trouble.code) ? "refused" : "unknown" };
    case "answer":
      return { is: "failed", why, ends: ENDS[classifyAnswer(trouble)] };
  }
}

type S3Answer = Extract<S3Error, { is: "answer" }>;

const ENDS = { unclear: "unknown", later: "busy", no: "refused" } as const;

/** Old MinIO said 304; If-Match on a key that is gone is a 404 with AWS. */
function isUnmet({ status, code }: S3Answer, condition: Condition): boolean {
  if (condition === "any") return false;
  return status === 412 || status === 304 || (typeof condition === "object" && code === "NoSuchKey");
}

/** unclear: it may have happened all the same; later: not now, nothing happened; no: not at another try either. */
function classifyAnswer({ status, code }: S3Answer): keyof typeof ENDS {
  if (status === 409 || status === 429) return "later";
  // S3 says RequestTimeout with 400: the body did not arrive in time
  if (status === 408 || code === "RequestTimeout") return "unclear";
  return status >= 500 && status !== 501 ? "unclear" : "no";
}

/** Nothing was sent, and nothing will be. */
const isForGood = (code: string): boolean => isTlsTrouble(code) || code === "ERR_INVALID_CHAR";

/** One clause: what came back instead, and what to look at. */
export function describeS3Error(trouble: S3Error): string {
  if (trouble.is !== "answer") {
    const untrusted = trouble.is === "no-answer" && isTlsTrouble(trouble.code);
    return untrusted ? `${trouble.why}; a private CA belongs into the profile's s3.caBundle` : trouble.why;
  }
  const { status, code, said } = trouble;
  const answer = [`the answer is ${status}`, code].filter((part) => part !== "").join(" ");
  const advice = adviceFor(trouble);
  return `${answer}${said === "" ? "" : `, ${JSON.stringify(said)}`}${advice === "" ? "" : `; ${advice}`}`;
}

const ELSEWHERE = "the bucket is somewhere else: check endpoint and region";
const UNKNOWN_KEY = "this access key is not known there: check the Secret";
const EXPIRED = "the session token has expired; whoever writes the Secret must renew it";

const ADVICE: Readonly<Record<string, string>> = {
  AccessDenied:
    "check that the keys' user may s3:GetObject and s3:PutObject there (and s3:ListBucket: without it AWS says this of an object that is not there, too)",
  InvalidAccessKeyId: UNKNOWN_KEY,
  // versitygw's word for it, with a 404
  XAdminUserNotFound: UNKNOWN_KEY,
  SignatureDoesNotMatch:
    "the secret key is not the access key's, or a proxy changes the request: check the Secret",
  ExpiredToken: EXPIRED,
  InvalidToken: EXPIRED,
  NoSuchBucket: "there is no such bucket: check the bucket's name and the endpoint",
  PermanentRedirect: ELSEWHERE,
  TemporaryRedirect: ELSEWHERE,
  AuthorizationHeaderMalformed: "the keys are right for another region: check the region",
  NotImplemented:
    "the server cannot do conditional writes, or not the checksum that came with it (checksum: when-required)",
};

function adviceFor({ status, code, region, date }: S3Answer): string {
  const inRegion = region === null ? "" : ` (the server names the region ${region})`;
  if (code === "RequestTimeTooSkewed") return `check this node's clock${skew(date)}`;
  const known = ADVICE[code];
  if (known !== undefined) return known + inRegion;
  if (status >= 300 && status < 400) return ELSEWHERE + inRegion;
  if (status === 401 || status === 403) return "check the keys and what their user may do there";
  if (status === 404 && code === "")
    return "an S3 server would say which: check endpoint, bucket and pathStyle";
  if (status === 501) return ADVICE["NotImplemented"] ?? "";
  if (status === 400) return "check endpoint (http or https), region, pathStyle and checksum";
  return "";
}

function skew(date: Date | null): string {
  if (date === null) return "";
  const minutes = Math.round(Math.abs(Date.now() - date.getTime()) / 60_000);
  return `: it is ${minutes} min off the server's`;
}
