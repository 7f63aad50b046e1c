// Which review goes to which decision. What no rule of ours asked for is allowed untouched.
import { withDeadline } from "../../init/contract/withDeadline.ts";
import { allowRequest } from "../admission/answer.ts";
import type { ReviewHandler } from "../admission/route.ts";
import { mutatePod } from "../mutation/reviewPod.ts";
import type { InjectSettings } from "../mutation/settings.ts";
import { PROFILE_GROUP, PROFILE_PLURAL } from "../profiles/schema.ts";
import type { ProfileSource } from "../profiles/source.ts";
import { validatePod } from "../validation/validatePod.ts";
import type { AskLiveSets } from "../validation/validateStatefulSet.ts";
import { reviewProfile } from "./reviewProfile.ts";
import { type GuardSettings, reviewPodDeletion, reviewScale, reviewStatefulSet } from "./statefulSet.ts";

export interface RoutesInput {
  source: ProfileSource;
  settings: InjectSettings;
  /** all labelled StatefulSets of the cluster */
  liveSets: AskLiveSets;
  guard: GuardSettings;
}

export function createRoutes({
  source,
  settings,
  liveSets,
  guard,
}: RoutesInput): Readonly<Record<string, ReviewHandler>> {
  return {
    // a subresource's object (Binding, Eviction) is no pod
    "/mutate": (request, deadline) =>
      request.subResource ? allowRequest() : mutatePod(request, { source, settings, deadline }),
    "/validate": (request, deadline) => {
      // an answer in our words must be out before the API server gives up
      const live = () =>
        withDeadline(liveSets(deadline), deadline, () => {
          throw new Error("no answer in time");
        });
      const judging = { source, settings, liveSets: live, guard, deadline };
      const { group, resource } = request.resource;
      switch (`${group}/${resource}${request.subResource ? `/${request.subResource}` : ""}`) {
        case "/pods":
          if (request.operation === "DELETE") return reviewPodDeletion(request, judging);
          return validatePod(request, judging);
        case "apps/statefulsets":
          return reviewStatefulSet(request, judging);
        case "apps/statefulsets/scale":
          return reviewScale(request, judging);
        case `${PROFILE_GROUP}/${PROFILE_PLURAL}`:
          return reviewProfile(request, judging);
        default:
          return allowRequest();
      }
    },
  };
}
