// The plan of a pod as it can be carried out on this machine: its paths translated, and without the steps
// whose programs only the application's image has.
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Plan, PlanStep } from "../../../init/contract/plan.ts";
import type { Translate } from "./folders.ts";

export interface PlanHere {
  /** null: no step can be run here */
  plan: Plan | null;
  notRun: { step: string; why: string }[];
}

/** @param path the PATH that bare program names are looked up in @param image the application's, which has the rest */
export async function planHere(
  plan: Plan,
  translate: Translate,
  { path, image }: { path: string; image: string },
): Promise<PlanHere> {
  if (plan.ozone !== undefined) {
    const why = `it joins the ring ${plan.ozone.serviceId}, which takes a cluster and the image ${image}`;
    return { plan: null, notRun: [{ step: "member", why }] };
  }
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
    else
      notRun.push({
        step: step.name,
        why: `${missing} is not on this machine, only in the image ${image}`,
      });
  }
  const isNothing = steps.length === 0 && plan.steps.length > 0;
  const releaseFrom = plan.releaseFrom?.map(translate);
  const here = { ...plan, ...placesHere(plan, translate), ...(releaseFrom && { releaseFrom }), steps };
  return { plan: isNothing ? null : here, notRun };
}

/** Folders that the plan names. */
function placesHere({ markers, api, s3 }: Plan, translate: Translate): Pick<Plan, "markers" | "api" | "s3"> {
  const keys = s3?.credentials;
  return {
    markers: markers.store === "s3" ? markers : { ...markers, root: translate(markers.root) },
    api: api === null ? null : { folder: translate(api.folder) },
    s3:
      keys?.from === "files" && s3 !== null
        ? { ...s3, credentials: { ...keys, folder: translate(keys.folder) } }
        : s3,
  };
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
