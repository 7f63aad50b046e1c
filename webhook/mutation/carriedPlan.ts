// The plan that a container carries already, read back.
import { PLAN_ENV } from "../../init/contract/places.ts";
import { IDENTITY_FIELDS, type Identity, PROFILE_VERSION_FIELDS } from "../../init/contract/plan.ts";
import { anything, object, optional, readShape } from "../../init/contract/shape.ts";
import type { Container } from "../kubernetes/objects.ts";
import type { ProfileVersion } from "../profiles/profile.ts";
import { escapeEnvRefs, readLiterally } from "./env.ts";

/** As little as is needed: while the webhook is upgraded, plans of two versions meet here; only the runner reads them whole. */
const carried = object({
  identity: object(IDENTITY_FIELDS),
  profileVersion: optional(object(PROFILE_VERSION_FIELDS)),
  drop: anything(),
});

/** Linux takes no longer string of the environment (MAX_ARG_STRLEN), so a longer one reaches no process. */
const LONGEST_TEXT = 128 * 1024;

export interface PlanIn extends Identity {
  /** its text as it stands in the env */
  text: string;
  /** its scale-down policy; an older version's plan has none */
  drop: unknown;
  /** the edit of the profile that it was made by; null: not known */
  profileVersion: ProfileVersion | null;
}

/** The plan that a container carries, as its process would read it; null for none. */
export function readPlanText({ env }: Container): string | null {
  const value = env?.find(({ name }) => name === PLAN_ENV)?.value;
  return typeof value === "string" && value.length < LONGEST_TEXT ? readLiterally(value) : null;
}

/** Whose plan a container carries, or null for none that can be read. */
export function readPlanIdentity(container: Container): PlanIn | null {
  const text = readPlanText(container);
  if (text === null) return null;
  try {
    const read = readShape(carried, JSON.parse(text));
    if ("fault" in read) return null;
    const { identity, drop, profileVersion = null } = read.value;
    return { ...identity, text: escapeEnvRefs(text), drop, profileVersion };
  } catch {
    return null;
  }
}

/** Whether a plan is that of this very pod. */
export function isPlanOf(plan: Identity | null, mine: Omit<Identity, "kind" | "profile">): boolean {
  return (
    plan !== null &&
    plan.pod === mine.pod &&
    plan.nodeId === mine.nodeId &&
    plan.namespace === mine.namespace &&
    plan.workload === mine.workload
  );
}
