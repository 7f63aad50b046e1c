// The plan that a container carries already, read back.
import { PLAN_ENV } from "../../init/contract/places.ts";
import { type Identity, readPlan } from "../../init/contract/plan.ts";
import { readLiterally } from "./dollars.ts";
import type { Container } from "./shape.ts";

/** Whose plan a container carries and its text as it stands in the env, or null for none that can be read. */
export function identityIn(container: Container): (Identity & { text: string }) | null {
  const value = container.env?.find(({ name }) => name === PLAN_ENV)?.value;
  if (typeof value !== "string") return null;
  const read = readPlan(readLiterally(value));
  return "plan" in read ? { ...read.plan.identity, text: value } : null;
}
