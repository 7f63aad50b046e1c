// The plan that a container carries already, read back.
import * as z from "zod";
import { PLAN_ENV } from "../../init/contract/places.ts";
import { type Identity, identity } from "../../init/contract/plan.ts";
import { literally, readLiterally } from "./dollars.ts";
import type { Container } from "./shape.ts";

/** As little as is needed: while the webhook is upgraded, plans of two versions meet here; only the runner reads them whole. */
const carried = z.looseObject({ identity: z.looseObject(identity.shape), drop: z.unknown() });

export interface PlanIn extends Identity {
  /** its text as it stands in the env */
  text: string;
  /** its drop policy; an older version's plan has none */
  drop: unknown;
}

/** The plan that a container carries, as its process would read it; null for none. */
export function planTextIn({ env }: Container): string | null {
  const value = env?.find(({ name }) => name === PLAN_ENV)?.value;
  return typeof value === "string" ? readLiterally(value) : null;
}

/** Whose plan a container carries, or null for none that can be read. */
export function identityIn(container: Container): PlanIn | null {
  const text = planTextIn(container);
  if (text === null) return null;
  try {
    const read = carried.safeParse(JSON.parse(text));
    return read.success ? { ...read.data.identity, text: literally(text), drop: read.data.drop } : null;
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
