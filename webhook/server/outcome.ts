// What became of a review, in few words: the audit annotations of the answer say it (docs/architecture.md#codes).
import type { AdmissionRequest } from "../admission/review.ts";
import type { ServedRequest } from "../admission/route.ts";

export interface RequestOutcome {
  decision: "allowed" | "patched" | "denied" | "would-deny" | "overridden" | "errored" | "fault";
  /** RCnnn of what was denied, would be, or was let through; none */
  code: string;
}

/** Our codes, and nothing that anybody else could have put into an answer. */
const CODE = /^RC\d{3}$/;

export function classifyOutcome({ answer, fault }: Pick<ServedRequest, "answer" | "fault">): RequestOutcome {
  const audit = answer?.auditAnnotations ?? {};
  const code = (text: string | undefined): string => (text !== undefined && CODE.test(text) ? text : "none");
  if (fault !== null || answer === null) return { decision: "fault", code: "none" };
  if (!answer.allowed) {
    const inVain = (answer.status?.code ?? 500) >= 500;
    return { decision: inVain ? "errored" : "denied", code: code(audit["code"]) };
  }
  if (audit["override"] !== undefined) return { decision: "overridden", code: code(audit["code"]) };
  if (audit["would-deny"] !== undefined) return { decision: "would-deny", code: code(audit["would-deny"]) };
  return { decision: answer.patch === undefined ? "allowed" : "patched", code: "none" };
}

/** What our rules ask the API server for; whatever else is sent is `other`. */
export function classifyResource({
  resource,
  subResource,
}: Pick<AdmissionRequest, "resource" | "subResource">): string {
  const full = `${resource.group}/${resource.resource}${subResource ? `/${subResource}` : ""}`;
  switch (full) {
    case "/pods":
      return "pods";
    case "apps/statefulsets":
      return "statefulsets";
    case "apps/statefulsets/scale":
      return "statefulsets/scale";
    default:
      return "other";
  }
}
