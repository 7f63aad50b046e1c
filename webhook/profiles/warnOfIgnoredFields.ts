// Fields of a valid profile that have no effect. Whoever set them may rely on them.
import { formatWarning } from "../denials/codes.ts";
import type { Profile } from "./profile.ts";

/** One warning for each field that is set and ignored. */
export const warnOfIgnoredFields = ({ name, drop }: Profile): string[] =>
  drop.ignoresMinReplicas
    ? [
        formatWarning(
          "min-replicas-ignored",
          `profile ${name} sets scaleDown.minReplicas, and scaleDown.policy Allow ignores it: a scale-down may leave fewer ` +
            `pods, also none. Set policy Drained or Managed, or remove minReplicas.`,
        ),
      ]
    : [];
