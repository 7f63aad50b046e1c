// Which review goes to which decision. What no rule of ours asked for is allowed untouched.
import { allowed } from "../admission/answer.ts";
import type { Handler } from "../admission/route.ts";
import { answerAtApply } from "../inject/apply.ts";
import type { InForce } from "../inject/decide.ts";
import { mutatePod, validatePod } from "../inject/review.ts";

/** @param inForce asked at each request, so that a reload counts from the next one */
export function routes(inForce: () => InForce): Readonly<Record<string, Handler>> {
  return {
    // a subresource's object (Binding, Eviction) is no pod
    "/mutate": (request) => (request.subResource ? allowed() : mutatePod(request, inForce())),
    "/validate": (request) => {
      if (request.subResource) return allowed();
      switch (`${request.resource.group}/${request.resource.resource}`) {
        case "/pods":
          return validatePod(request, inForce());
        case "apps/statefulsets":
          return answerAtApply(request, inForce());
        default:
          return allowed();
      }
    },
  };
}
