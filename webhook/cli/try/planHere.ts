// The plan of a pod as it can be carried out on this machine: without the steps whose programs only the application's
// image has, and where steps have no file system of their own with its paths translated.
import { access, constants } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import type { Plan, PlanStep } from "../../../init/contract/plan.ts";

/** The words of what is named, as they are to be run here. */
export type TranslateWords = (what: string, words: readonly string[]) => string[];

export interface ProgramLookup {
  /** the PATH that bare names are looked up in */
  path: string;
  workingDir: string;
  /** whether a program, or a folder of PATH, is the container's own, so that nobody knows yet what will be there */
  isOnVolume(path: string): boolean;
  /** whether this machine's own is hidden from the steps */
  isHidden(path: string): boolean;
  /** the application's image, which has the rest */
  image: string;
}

export interface PlanHere {
  /** null: no step can be run here */
  plan: Plan | null;
  notRun: { step: string; why: string }[];
}

/** The plan with those of its steps that can be run here. */
export async function planHere(
  plan: Plan,
  translate: TranslateWords,
  programs: ProgramLookup,
): Promise<PlanHere> {
  if (plan.ring !== undefined) {
    const why = `it joins the ring ${plan.ring.name}, which takes a cluster and the image ${programs.image}`;
    return { plan: null, notRun: [{ step: "member", why }] };
  }
  const steps: PlanStep[] = [];
  const notRun: PlanHere["notRun"] = [];
  for (const step of plan.steps) {
    const { run, verify, still } = step;
    const why = await whyNotHere([run, verify, ...(still === undefined ? [] : [still])], programs);
    if (why !== null) {
      notRun.push({ step: step.name, why });
      continue;
    }
    const what = `step ${step.name}`;
    steps.push({
      ...step,
      run: translate(what, run),
      verify: translate(what, verify),
      ...(still === undefined ? {} : { still: translate(what, still) }),
    });
  }
  const isNothing = steps.length === 0 && plan.steps.length > 0;
  const releaseFrom = plan.releaseFrom && translate("releaseFrom", plan.releaseFrom);
  const here = { ...plan, ...placesHere(plan, translate), ...(releaseFrom && { releaseFrom }), steps };
  return { plan: isNothing ? null : here, notRun };
}

/** The plan with its leave command alone, for a pod that goes. */
export async function leaveHere(
  plan: Plan,
  translate: TranslateWords,
  programs: ProgramLookup,
): Promise<{ plan: Plan } | { why: string }> {
  if (plan.ring !== undefined)
    return {
      why: `it leaves the ring ${plan.ring.name}, which takes a cluster and the image ${programs.image}`,
    };
  const { leave } = plan;
  const why = leave === null ? null : await whyNotHere([leave.run, leave.verify], programs);
  if (why !== null) return { why };
  const here = leave && {
    ...leave,
    run: translate("leave", leave.run),
    verify: translate("leave", leave.verify),
  };
  return { plan: { ...plan, ...placesHere(plan, translate), leave: here } };
}

/** Folders that the plan names. */
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

/** Why commands cannot be started here; null: as far as anybody can see they can. */
async function whyNotHere(
  commands: readonly (readonly string[])[],
  { path, workingDir, isOnVolume, isHidden, image }: ProgramLookup,
): Promise<string | null> {
  for (const [program = ""] of commands) {
    const places = program.includes("/")
      ? [resolve(workingDir, program)]
      : path.split(delimiter).map((folder) => join(folder, program));
    // an earlier step may put it there
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
