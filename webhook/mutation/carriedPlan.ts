// Reads the plan that a container carries.
import { PLAN_ENV } from "../../init/contract/places.ts";
import { IDENTITY_FIELDS, type Identity, PROFILE_VERSION_FIELDS } from "../../init/contract/plan.ts";
import { anything, object, optional, readShape } from "../../init/contract/shape.ts";
import type { Container } from "../kubernetes/objects.ts";
import type { ProfileVersion } from "../profiles/profile.ts";
import { escapeEnvRefs, unescapeEnvRefs } from "./env.ts";

/** Only the fields that are needed: during an upgrade the webhook reads plans of two versions. */
const carried = object({
  identity: object(IDENTITY_FIELDS),
  profileVersion: optional(object(PROFILE_VERSION_FIELDS)),
  drop: anything(),
});

/** Linux limits one string of the environment (MAX_ARG_STRLEN), so no process can have a longer one. */
const LONGEST_TEXT = 128 * 1024;

export interface CarriedPlan extends Identity {
  /** the value of the env variable */
  text: string;
  /** its scale-down policy; the plan of an older version has none */
  drop: unknown;
  /** the version of the profile that it was built from; null: unknown */
  profileVersion: ProfileVersion | null;
}

/** The text of the plan as the container's process would read it, or null. */
export function readPlanText({ env }: Container): string | null {
  const value = env?.find(({ name }) => name === PLAN_ENV)?.value;
  return typeof value === "string" && value.length < LONGEST_TEXT ? unescapeEnvRefs(value) : null;
}

/** The identity in the plan that a container carries; null: it has no readable plan. */
export function readPlanIdentity(container: Container): CarriedPlan | null {
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

/** Whether a plan is for this pod. */
export function isPlanForPod(plan: Identity | null, pod: Omit<Identity, "kind" | "profile">): boolean {
  return (
    plan !== null &&
    plan.pod === pod.pod &&
    plan.nodeId === pod.nodeId &&
    plan.namespace === pod.namespace &&
    plan.workload === pod.workload
  );
}
