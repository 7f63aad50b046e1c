// Classifies the result of a review for metrics, by the response's audit annotations (docs/architecture.md#codes).
import type { AdmissionRequest } from "../admission/review.ts";
import type { ServedRequest } from "../admission/route.ts";

export interface RequestOutcome {
  decision: "allowed" | "patched" | "denied" | "would-deny" | "overridden" | "errored" | "fault";
  /** the code RCnnn of the denial, also if mode Warn or an override allowed it; or none */
  code: string;
}

/** Other values would be unbounded labels of metrics. */
const CODE = /^RC\d{3}$/;

export function classifyOutcome({ answer, fault }: Pick<ServedRequest, "answer" | "fault">): RequestOutcome {
  const audit = answer?.auditAnnotations ?? {};
  const code = (text: string | undefined): string => (text !== undefined && CODE.test(text) ? text : "none");
  if (fault !== null || answer === null) return { decision: "fault", code: "none" };
  if (!answer.allowed) {
    const isError = (answer.status?.code ?? 500) >= 500;
    return { decision: isError ? "errored" : "denied", code: code(audit["code"]) };
  }
  if (audit["override"] !== undefined) return { decision: "overridden", code: code(audit["code"]) };
  if (audit["would-deny"] !== undefined) return { decision: "would-deny", code: code(audit["would-deny"]) };
  return { decision: answer.patch === undefined ? "allowed" : "patched", code: "none" };
}

/** The resources in the webhook configurations; everything else is `other`. */
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
