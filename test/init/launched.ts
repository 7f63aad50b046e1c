// A pod with the runner: the root file system of an image, volumes, and the launcher in a container.
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { detectArch } from "../../build/images/arch.ts";
import { makeRunnerFolder } from "../../build/images/makeRunnerFolder.ts";
import {
  buildRunnerCommand,
  MARKER_MOUNT,
  PLAN_ENV,
  POD_UID_ENV,
  RUNNER_MOUNT,
} from "../../init/contract/places.ts";
import type { Plan, PlanStep } from "../../init/contract/plan.ts";
import { needsPrograms, needsRoot, requireFetched } from "../requirements.ts";
import { bundleRunner } from "./bundleRunner.ts";
import { CONTAINER_PROGRAMS, type ContainerEnd, type Mount, runContainer } from "./container.ts";
import { ensureRoots, PROGRAM, placeRoot, type RootName } from "./roots.ts";

const USER = 1_234_567;

const step = (run: readonly string[]): PlanStep => ({
  name: "only",
  scope: "pod",
  run: [PROGRAM, ...run],
  verify: [PROGRAM, "true"],
  timeoutSeconds: 60,
  retries: 0,
});

export const buildLaunchPlan = (run: readonly string[]): Plan => ({
  schema: 1,
  identity: { namespace: "shop", workload: "db", pod: "db-2", nodeId: "3", kind: "generic", profile: "demo" },
  ordinal: 2,
  release: "db:1",
  revision: null,
  markers: { store: "pvc", root: MARKER_MOUNT, path: ".rollcall" },
  s3: null,
  lock: { store: "lease", seconds: 30 },
  api: null,
  drop: "allow",
  leave: null,
  steps: [step(run)],
});

/**
 * Makes the runner's folder as `install` copies it, with its launcher.
 * @param work an empty folder
 * @param arch architecture that the tests can run
 * @returns its path
 */
export async function makeLaunchedRunner(
  context: Mocha.Context,
  work: string,
  arch = detectArch(),
): Promise<string> {
  needsRoot(context);
  needsPrograms(context, CONTAINER_PROGRAMS);
  const runner = join(work, "runner");
  await mkdir(runner);
  const bundle = await bundleRunner(join(work, "bundles"));
  await requireFetched(context, () => makeRunnerFolder({ bundle, arch, to: runner }));
  await requireFetched(context, () => ensureRoots(arch));
  return runner;
}

export interface LaunchInput {
  words?: readonly string[];
  plan?: Plan;
  env: Readonly<Record<string, string>>;
  limits?: readonly string[] | undefined;
  cgroup?: string;
  /** @default the whole copy */
  runner?: string;
}

export interface LaunchedPod {
  /** the image's root, which may be changed before it runs */
  root: string;
  run: (started: LaunchInput) => Promise<ContainerEnd>;
}

/** @param folder for the pod's root and volumes @param runner from `makeLaunchedRunner`, of the same architecture */
export async function makeLaunchedPod(
  folder: string,
  name: RootName,
  runner: string,
  arch = detectArch(),
): Promise<LaunchedPod> {
  const root = join(folder, "root");
  await mkdir(root, { recursive: true });
  await placeRoot(name, root, arch);
  const [data, markers] = [join(folder, "data"), join(folder, "markers")];
  for (const volume of [data, markers]) {
    await mkdir(volume);
    await chmod(volume, 0o777);
  }
  const run = (started: LaunchInput): Promise<ContainerEnd> => {
    const plan = started.plan ?? buildLaunchPlan(["env"]);
    const mounts: Mount[] = [
      { at: RUNNER_MOUNT, folder: started.runner ?? runner },
      { at: "/data", folder: data },
      { at: MARKER_MOUNT, folder: markers },
    ];
    return runContainer({
      root,
      arch,
      mounts,
      user: USER,
      env: { ...started.env, [PLAN_ENV]: JSON.stringify(plan), [POD_UID_ENV]: "uid-1" },
      argv: buildRunnerCommand(RUNNER_MOUNT, ...(started.words ?? ["run"])),
      limits: started.limits ?? [],
      cgroup: started.cgroup ?? null,
      setEnv: [PROGRAM, "env"],
    });
  };
  return { root, run };
}
