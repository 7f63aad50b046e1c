// Which review goes to which decision. What no rule of ours asked for is allowed untouched.
import { withDeadline } from "../../init/contract/deadline.ts";
import { allowed } from "../admission/answer.ts";
import type { Handler } from "../admission/route.ts";
import { mutatePod } from "../mutation/reviewPod.ts";
import type { InjectSettings } from "../mutation/settings.ts";
import { PROFILE_GROUP, PROFILE_PLURAL } from "../profiles/schema.ts";
import type { ProfileSource } from "../profiles/source.ts";
import type { AskLiveSets } from "../validation/answerAtApply.ts";
import { validatePod } from "../validation/validatePod.ts";
import { judgeProfile } from "./profile.ts";
import { type GuardSettings, judgePodDeletion, judgeScale, judgeSet } from "./statefulSet.ts";

export interface RoutesInput {
  source: ProfileSource;
  settings: InjectSettings;
  /** all labelled StatefulSets of the cluster */
  liveSets: AskLiveSets;
  guard: GuardSettings;
}

export function routes({
  source,
  settings,
  liveSets,
  guard,
}: RoutesInput): Readonly<Record<string, Handler>> {
  return {
    // a subresource's object (Binding, Eviction) is no pod
    "/mutate": (request, deadline) =>
      request.subResource ? allowed() : mutatePod(request, { source, settings, deadline }),
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
          if (request.operation === "DELETE") return judgePodDeletion(request, judging);
          return validatePod(request, judging);
        case "apps/statefulsets":
          return judgeSet(request, judging);
        case "apps/statefulsets/scale":
          return judgeScale(request, judging);
        case `${PROFILE_GROUP}/${PROFILE_PLURAL}`:
          return judgeProfile(request, judging);
        default:
          return allowed();
      }
    },
  };
}
