// Routes each review to its decision. Requests that Rollcall does not handle are allowed unchanged.
import { withDeadline } from "../../init/contract/withDeadline.ts";
import { allowRequest } from "../admission/answer.ts";
import type { ReviewHandler } from "../admission/route.ts";
import { mutatePod } from "../mutation/reviewPod.ts";
import type { InjectSettings } from "../mutation/settings.ts";
import { PROFILE_GROUP, PROFILE_PLURAL } from "../profiles/schema.ts";
import type { ProfileSource } from "../profiles/source.ts";
import { validatePod } from "../validation/validatePod.ts";
import type { LiveSetLister } from "../validation/validateStatefulSet.ts";
import { reviewProfile } from "./reviewProfile.ts";
import { type GuardSettings, reviewPodDeletion, reviewScale, reviewStatefulSet } from "./statefulSet.ts";

export interface RoutesInput {
  source: ProfileSource;
  settings: InjectSettings;
  /** all labelled StatefulSets of the cluster */
  liveSets: LiveSetLister;
  guard: GuardSettings;
}

export function createRoutes({
  source,
  settings,
  liveSets,
  guard,
}: RoutesInput): Readonly<Record<string, ReviewHandler>> {
  return {
    // the object of a subresource (Binding, Eviction) is no pod
    "/mutate": (request, deadline) =>
      request.subResource ? allowRequest() : mutatePod(request, { source, settings, deadline }),
    "/validate": (request, deadline) => {
      // rejects in time for a denial with an explanation, before the API server's timeout
      const listInTime = () =>
        withDeadline(liveSets(deadline), deadline, () => {
          throw new Error("no answer in time");
        });
      const context = { source, settings, liveSets: listInTime, guard, deadline };
      const { group, resource } = request.resource;
      switch (`${group}/${resource}${request.subResource ? `/${request.subResource}` : ""}`) {
        case "/pods":
          if (request.operation === "DELETE") return reviewPodDeletion(request, context);
          return validatePod(request, context);
        case "apps/statefulsets":
          return reviewStatefulSet(request, context);
        case "apps/statefulsets/scale":
          return reviewScale(request, context);
        case `${PROFILE_GROUP}/${PROFILE_PLURAL}`:
          return reviewProfile(request, context);
        default:
          return allowRequest();
      }
    },
  };
}
