// Decodes the body of a request. A status other than 200 is only for a body that is no review; every valid review is
// answered with 200 and its uid (docs/research/kubernetes-admission.md#reviews).
import { type AdmissionRequest, readReview } from "./review.ts";

export type DecodeResult = { request: AdmissionRequest } | { status: 400 | 415; wrong: string };

/** @param contentType the header as received */
export function decode(contentType: string | undefined, body: Buffer): DecodeResult {
  const type = contentType?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    return { status: 415, wrong: `content-type is ${contentType ?? "missing"}; expected application/json` };
  }
  if (body.length === 0) return { status: 400, wrong: "the body is empty; expected an AdmissionReview" };
  let json: unknown;
  try {
    json = JSON.parse(body.toString("utf8"));
  } catch {
    return { status: 400, wrong: "the body is not JSON" };
  }
  const read = readReview(json);
  if ("request" in read) return read;
  return { status: 400, wrong: `not an AdmissionReview of admission.k8s.io/v1: ${read.wrong}` };
}
