// Init container rollcall-init: runs the plan with the application container's own image, env, volumes and
// security, since its tools are there and ours are not (DESIGN: running steps).

import {
  MARKER_MOUNT,
  PLAN_ENV,
  POD_UID_ENV,
  RUNNER_MOUNT,
  runnerCommand,
} from "../../init/contract/places.ts";
import { insertAll, type Operation } from "../admission/patch.ts";
import type { Work } from "../profiles/compile.ts";
import { frontEnvFrom } from "./envFrom.ts";
import { INIT_CONTAINER, RUNNER_VOLUME } from "./names.ts";
import { initResources } from "./resources.ts";
import type { Container, EnvVar, Mount } from "./shape.ts";

export interface InitInput {
  app: Container;
  /** the application's env as it will be */
  env: readonly EnvVar[];
  plan: string;
  work: Pick<Work, "volume" | "resources">;
}

/** The container as it is to be for the pod as it is now. */
export function initContainer({ app, env, plan, work }: InitInput): Container {
  return {
    name: INIT_CONTAINER,
    ...copied(app),
    command: runnerCommand(RUNNER_MOUNT, "run"),
    resources: work.resources ?? initResources(app),
    terminationMessagePolicy: "FallbackToLogsOnError",
    env: [
      ...env.filter(({ name }) => name !== PLAN_ENV && name !== POD_UID_ENV),
      { name: POD_UID_ENV, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.uid" } } },
      { name: PLAN_ENV, value: plan },
    ],
    volumeMounts: withOurs(app.volumeMounts ?? [], work.volume),
  };
}

/** What is taken from the application as it stands; absent stays absent. */
function copied(app: Container): Partial<Container> {
  const { image, imagePullPolicy, workingDir, envFrom, volumeDevices, securityContext } = app;
  const all = { image, imagePullPolicy, workingDir, envFrom, volumeDevices, securityContext };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null));
}

function withOurs(mounts: readonly Mount[], markerVolume: string): Mount[] {
  const ours: Mount[] = [
    { name: RUNNER_VOLUME, mountPath: RUNNER_MOUNT, readOnly: true },
    { name: markerVolume, mountPath: MARKER_MOUNT },
  ];
  return [...mounts.filter(({ mountPath }) => !ours.some((each) => each.mountPath === mountPath)), ...ours];
}

/** The mounts that the application container itself gets, for `status` and `leave` in it. */
export function appMounts(markerVolume: string): Mount[] {
  return [
    { name: RUNNER_VOLUME, mountPath: RUNNER_MOUNT, readOnly: true },
    { name: markerVolume, mountPath: MARKER_MOUNT, readOnly: true },
  ];
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
