// The plan of a pod as it can be carried out on this machine: its paths translated, and without the steps
// whose programs only the application's image has.
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Plan, PlanStep } from "../../../init/contract/plan.ts";
import type { Translate } from "./folders.ts";

export interface PlanHere {
  /** null: no step can be run here */
  plan: Plan | null;
  notRun: { step: string; missing: string }[];
}

/** @param path the PATH that bare program names are looked up in */
export async function planHere(plan: Plan, translate: Translate, path: string): Promise<PlanHere> {
  const steps: PlanStep[] = [];
  const notRun: PlanHere["notRun"] = [];
  for (const step of plan.steps) {
    const here: PlanStep = {
      ...step,
      run: step.run.map(translate),
      verify: step.verify.map(translate),
      ...(step.still === undefined ? {} : { still: step.still.map(translate) }),
    };
    const missing = await missingProgram(
      [here.run, here.verify, ...(here.still === undefined ? [] : [here.still])],
      path,
    );
    if (missing === null) steps.push(here);
    else notRun.push({ step: step.name, missing });
  }
  const markers = { ...plan.markers, root: translate(plan.markers.root) };
  return { plan: steps.length === 0 ? null : { ...plan, markers, steps }, notRun };
}

async function missingProgram(
  commands: readonly (readonly string[])[],
  path: string,
): Promise<string | null> {
  for (const [program = ""] of commands) {
    const places = program.includes("/")
      ? [program]
      : path.split(delimiter).map((folder) => join(folder, program));
    const found = await Promise.all(places.map(isExecutable));
    if (!found.includes(true)) return program;
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
