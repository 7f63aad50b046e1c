// Adapts a pod's plan to this machine: it omits steps whose programs exist only in the application's image, and translates
// paths if steps do not have their own file system.
import { access, constants } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import type { Plan, PlanStep } from "../../../init/contract/plan.ts";

/** Translates arguments to this machine. @param what names them in errors */
export type TranslateWords = (what: string, words: readonly string[]) => string[];

export interface ProgramLookup {
  /** the PATH for names without a slash */
  path: string;
  workingDir: string;
  /** whether a path is on a writable volume, so that an earlier step may create the program */
  isOnVolume(path: string): boolean;
  /** whether the steps do not see this machine's file at the path */
  isHidden(path: string): boolean;
  /** the application's image, for messages */
  image: string;
}

export interface PlanHere {
  /** null: no step can run here */
  plan: Plan | null;
  notRun: { step: string; why: string }[];
}

/** Returns the plan with the steps that can run here. */
export async function planHere(
  plan: Plan,
  translate: TranslateWords,
  programs: ProgramLookup,
): Promise<PlanHere> {
  if (plan.ring !== undefined) {
    const why = `it joins the ring ${plan.ring.name}, which needs a cluster and the image ${programs.image}`;
    return { plan: null, notRun: [{ step: "member", why }] };
  }
  const steps: PlanStep[] = [];
  const notRun: PlanHere["notRun"] = [];
  for (const step of plan.steps) {
    const { run, verify, still } = step;
    const why = await explainMissingPrograms(
      [run, verify, ...(still === undefined ? [] : [still])],
      programs,
    );
    if (why !== null) {
      notRun.push({ step: step.name, why });
      continue;
    }
    const what = `step ${step.name}`;
    steps.push({
      ...step,
      // a fault of a step does not go away here, and each try prints its output again
      retries: 0,
      run: translate(what, run),
      verify: translate(what, verify),
      ...(still === undefined ? {} : { still: translate(what, still) }),
    });
  }
  const isImpossible = steps.length === 0 && plan.steps.length > 0;
  const releaseFrom = plan.releaseFrom && translate("releaseFrom", plan.releaseFrom);
  const here = { ...plan, ...placesHere(plan, translate), ...(releaseFrom && { releaseFrom }), steps };
  return { plan: isImpossible ? null : here, notRun };
}

/** Returns the plan with its leave command only. */
export async function leaveHere(
  plan: Plan,
  translate: TranslateWords,
  programs: ProgramLookup,
): Promise<{ plan: Plan } | { why: string }> {
  if (plan.ring !== undefined)
    return {
      why: `it leaves the ring ${plan.ring.name}, which needs a cluster and the image ${programs.image}`,
    };
  const { leave } = plan;
  const why = leave === null ? null : await explainMissingPrograms([leave.run, leave.verify], programs);
  if (why !== null) return { why };
  const here = leave && {
    ...leave,
    run: translate("leave", leave.run),
    verify: translate("leave", leave.verify),
  };
  return { plan: { ...plan, ...placesHere(plan, translate), leave: here } };
}

/** Translates the plan's folders. */
function placesHere(
  { markers, api, s3 }: Plan,
  translate: TranslateWords,
): Pick<Plan, "markers" | "api" | "s3"> {
  const keys = s3?.credentials;
  const here = (folder: string): string => translate("the plan", [folder])[0] ?? folder;
  return {
    markers: markers.store === "s3" ? markers : { ...markers, root: here(markers.root) },
    api: api === null ? null : { folder: here(api.folder) },
    s3:
      keys?.from === "files" && s3 !== null
        ? { ...s3, credentials: { ...keys, folder: here(keys.folder) } }
        : s3,
  };
}

/** Why commands cannot start here; null: they probably can. */
async function explainMissingPrograms(
  commands: readonly (readonly string[])[],
  { path, workingDir, isOnVolume, isHidden, image }: ProgramLookup,
): Promise<string | null> {
  for (const [program = ""] of commands) {
    const places = program.includes("/")
      ? [resolve(workingDir, program)]
      : path.split(delimiter).map((folder) => join(folder, program));
    // an earlier step may create it
    if (places.some(isOnVolume)) continue;
    const found = await Promise.all(places.map((place) => !isHidden(place) && isExecutable(place)));
    if (!found.includes(true)) return `${program} is not on this machine, only in the image ${image}`;
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
