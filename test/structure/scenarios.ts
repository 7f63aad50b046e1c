// The paths through the code that a newcomer has to follow, each as one call without a network.
import { runCommand } from "../../init/commands/run.ts";
import { PLAN_ENV } from "../../init/contract/places.ts";
import type { Plan } from "../../init/contract/plan.ts";
import type { AdmissionRequest } from "../../webhook/admission/review.ts";
import { EMPTY_CLUSTER } from "../../webhook/cli/try/emptyCluster.ts";
import { createRoutes } from "../../webhook/reviews/routes.ts";
import { TYPICAL_REVIEW } from "../bench/typicalReview.ts";
import { buildShellCommand, makeRig, planOn } from "../init/rig.ts";
import { startMembers } from "../presets/ozone-om/modelCluster.ts";
import { renderGenericYaml } from "../profileYaml.ts";
import { loadActiveConfig } from "../webhook/mutation/pod.ts";
import { judge, loadCaseProfiles, readScaleDownCases } from "../webhook/scaleDown/language/judge.ts";

export interface TracedScenario {
  readonly name: string;
  /** the maximum number of modules; null: no limit */
  readonly most: number | null;
  /** Prepares; `work` may run several times. */
  open(): Promise<{ work(): Promise<unknown>; close(): Promise<unknown> }>;
}

const PROFILE = renderGenericYaml(
  "demo",
  `nodeID: {base: 1, max: 999}, markers: {volume: data}, steps: [{name: load, scope: Pod, run: [load], verify: [loaded]}]`,
);
const DEADLINE = new AbortController().signal;

function podCreation(path: "/mutate" | "/validate"): TracedScenario["open"] {
  return async () => {
    const config = loadActiveConfig(PROFILE);
    const source = { current: () => config.profiles, refresh: async () => undefined, previous: () => null };
    const settings = { ...config.settings, controllerUsers: [CONTROLLER] };
    const guard = { ...EMPTY_CLUSTER, confirmOutcome: async () => undefined };
    const handlers = createRoutes({ source, settings, liveSets: async () => [], guard });
    const { request } = JSON.parse(TYPICAL_REVIEW) as { request: AdmissionRequest };
    const handle = handlers[path];
    if (handle === undefined) throw new Error(`there is no route ${path}`);
    return { work: async () => handle(request, DEADLINE), close: async () => undefined };
  };
}

const CONTROLLER = "system:serviceaccount:kube-system:statefulset-controller";

/** A scale-down of a ring that passes all rules. */
async function openScaleDown(): ReturnType<TracedScenario["open"]> {
  const [cases, profiles] = [await readScaleDownCases(), await loadCaseProfiles()];
  const found = cases.find(({ name }) => name === "ring-managed");
  if (found === undefined) throw new Error("the guard has no case ring-managed");
  return { work: () => judge(found, profiles), close: async () => undefined };
}

/** The second member of a ring joins. */
async function openJoin(): ReturnType<TracedScenario["open"]> {
  const template = startMembers(1);
  return {
    work: async () => {
      const cluster = await template.copy();
      await cluster.up(1);
      await cluster.close();
    },
    close: () => template.close(),
  };
}

/** The runner executes a plan with one step. */
async function openRun(): ReturnType<TracedScenario["open"]> {
  const log = (): void => undefined;
  return {
    // on a new volume each time, since the step would otherwise be done already
    work: async () => {
      const rig = await makeRig();
      try {
        const plan: Plan = planOn(rig, [
          { name: "load", run: buildShellCommand("exit 0"), verify: buildShellCommand("exit 0") },
        ]);
        const env = { [PLAN_ENV]: JSON.stringify(plan), PATH: process.env["PATH"] };
        const end = await runCommand({ env, stop: DEADLINE, log, runId: "structure" });
        if ("wrong" in end || end.failure !== null)
          throw new Error(`the plan failed: ${JSON.stringify(end)}`);
      } finally {
        await rig.remove();
      }
    },
    close: async () => undefined,
  };
}

export const SCENARIOS: readonly TracedScenario[] = [
  { name: "a pod's CREATE at /mutate", most: 25, open: podCreation("/mutate") },
  { name: "a pod's CREATE at /validate", most: null, open: podCreation("/validate") },
  { name: "a ring's scale-down", most: null, open: openScaleDown },
  { name: "an Ozone Manager's join", most: null, open: openJoin },
  { name: "a plan of one step", most: 12, open: openRun },
];
