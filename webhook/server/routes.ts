// Which review goes to which decision. What no rule of ours asked for is allowed untouched.
import { type Answer, allowed } from "../admission/answer.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import type { Handler } from "../admission/route.ts";
import { type AskLiveSets, answerAtApply } from "../inject/apply.ts";
import type { InForce } from "../inject/decide.ts";
import type { LiveSets } from "../inject/pool.ts";
import { mutatePod, refuse, validatePod } from "../inject/review.ts";
import { readSetReview } from "../inject/setReview.ts";

/** Rejects at the deadline: an answer in our words must be out before the API server gives up. */
function inTime<T>(asked: Promise<T>, deadline: AbortSignal): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    deadline.addEventListener("abort", () => reject(new Error("no answer in time")), { once: true });
  });
  return Promise.race([asked, late]);
}

/**
 * @param inForce asked at each request, so that a reload counts from the next one
 * @param liveSets all labelled StatefulSets of the cluster
 */
export function routes(inForce: () => InForce, liveSets: AskLiveSets): Readonly<Record<string, Handler>> {
  return {
    // a subresource's object (Binding, Eviction) is no pod
    "/mutate": (request) => (request.subResource ? allowed() : mutatePod(request, inForce())),
    "/validate": (request, deadline) => {
      if (request.subResource) return allowed();
      const live = () => inTime(liveSets(deadline), deadline);
      switch (`${request.resource.group}/${request.resource.resource}`) {
        case "/pods":
          return validatePod(request, inForce(), live);
        case "apps/statefulsets":
          return judgeSet(request, inForce(), live);
        default:
          return allowed();
      }
    },
  };
}

/** Reads the review once for all who decide on a StatefulSet. */
async function judgeSet(request: AdmissionRequest, force: InForce, live: LiveSets): Promise<Answer> {
  const review = readSetReview(request);
  return "rule" in review ? refuse(review, "enforce") : answerAtApply(review, force, live);
}
