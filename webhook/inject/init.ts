// Init container rollcall-init: runs the plan with the application container's own image, env, volumes and
// security, since its tools are there and ours are not (DESIGN: running steps).

import { PLAN_ENV, POD_UID_ENV, RUNNER_MOUNT, runnerCommand } from "../../init/contract/places.ts";
import { insertAll, type Operation } from "../admission/patch.ts";
import type { Work } from "../profiles/profile.ts";
import { frontEnvFrom } from "./envFrom.ts";
import { INIT_CONTAINER } from "./names.ts";
import { initResources } from "./resources.ts";
import type { Container, EnvVar, Mount } from "./shape.ts";

export interface InitInput {
  app: Container;
  /** the application's env as it will be */
  env: readonly EnvVar[];
  plan: string;
  /** of the profile; null: what the application asks for */
  resources: Work["resources"];
  /** our own */
  mounts: readonly Mount[];
}

/** No uid exists yet when a pod is admitted: the kubelet fills it in. */
export const podUid = {
  name: POD_UID_ENV,
  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.uid" } },
} as const;

/** The container as it is to be for the pod as it is now. */
export function initContainer({ app, env, plan, resources, mounts }: InitInput): Container {
  return {
    name: INIT_CONTAINER,
    ...copied(app),
    command: runnerCommand(RUNNER_MOUNT, "run"),
    resources: resources ?? initResources(app),
    terminationMessagePolicy: "FallbackToLogsOnError",
    env: [
      ...env.filter(({ name }) => name !== PLAN_ENV && name !== POD_UID_ENV),
      podUid,
      { name: PLAN_ENV, value: plan },
    ],
    volumeMounts: withOurs(app.volumeMounts ?? [], mounts),
  };
}

/** What is taken from the application as it stands; absent stays absent. */
function copied(app: Container): Partial<Container> {
  const { image, imagePullPolicy, workingDir, envFrom, volumeDevices, securityContext } = app;
  const all = { image, imagePullPolicy, workingDir, envFrom, volumeDevices, securityContext };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null));
}

function withOurs(mounts: readonly Mount[], ours: readonly Mount[]): Mount[] {
  return [...mounts.filter(({ mountPath }) => !ours.some((each) => each.mountPath === mountPath)), ...ours];
}

/**
 * What an injected container still lacks of what it should be: env by name, mounts by path. More than that is
 * another webhook's business and stays (converged means superset).
 */
export function lacking(parts: readonly (string | number)[], now: Container, wanted: Container): Operation[] {
  const env = (wanted.env ?? []).filter(({ name }) => !(now.env ?? []).some((each) => each.name === name));
  return [
    ...insertAll([...parts, "env"], now.env ?? undefined, env),
    ...frontEnvFrom(parts, now, wanted.envFrom ?? []),
    ...missingMounts(parts, now, wanted.volumeMounts ?? []),
  ];
}

/** Operations for the mounts whose path is free in a container. */
export function missingMounts(
  parts: readonly (string | number)[],
  now: Container,
  wanted: readonly Mount[],
): Operation[] {
  const taken = new Set((now.volumeMounts ?? []).map(({ mountPath }) => mountPath));
  const mounts = wanted.filter(({ mountPath }) => !taken.has(mountPath));
  return insertAll([...parts, "volumeMounts"], now.volumeMounts ?? undefined, mounts);
}
