// Builds the init containers. rollcall-init runs the plan with the image, env, volumes and security context of the
// application container, because the steps need the application's tools.
import {
  buildRunnerCommand,
  INSTALL_MOUNT,
  PLAN_ENV,
  POD_ENV,
  POD_TOKEN_MOUNT,
  RUNNER_MOUNT,
} from "../../init/contract/places.ts";
import { add, copy, insertAll, type PatchOperation } from "../admission/answer.ts";
import { type Denial, deny } from "../denials/codes.ts";
import { INIT_CONTAINER, INSTALL_CONTAINER, RUNNER_VOLUME } from "../kubernetes/names.ts";
import type { Container, EnvVar, Pod, VolumeMount } from "../kubernetes/objects.ts";
import { prependEnvFrom } from "./env.ts";
import type { ContainerResources } from "./podAmounts.ts";
import type { InitImage } from "./settings.ts";

export interface InitContainerInput {
  app: Container;
  /** the application's env after injection */
  env: readonly EnvVar[];
  plan: string;
  resources: ContainerResources;
  /** mounts that Rollcall adds */
  mounts: readonly VolumeMount[];
  /** the image's entrypoint starts the runner */
  keepsEntrypoint: boolean;
}

/**
 * Variables by which the kubelet tells the runner in which pod it runs. The plan cannot: a pod has no uid yet when it is
 * admitted, and a copy of a pod (kubectl debug --copy-to) has the plan of the original.
 */
export const POD_FIELD_ENV = Object.entries(POD_ENV).map(([field, name]) => ({
  name,
  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.${field}` } },
}));

/** Builds rollcall-init for the current state of the pod. */
export function buildInitContainer(input: InitContainerInput): Container {
  const { app, env, plan, resources, mounts, keepsEntrypoint } = input;
  return {
    name: INIT_CONTAINER,
    ...copyFields(app),
    [keepsEntrypoint ? "args" : "command"]: buildRunnerCommand(RUNNER_MOUNT, "run"),
    resources,
    terminationMessagePolicy: "FallbackToLogsOnError",
    env: env.concat(listMissing(env, [...POD_FIELD_ENV, { name: PLAN_ENV, value: plan }])),
    volumeMounts: mergeMounts(app.volumeMounts ?? [], mounts),
  };
}

/** Fields that are copied from the application unchanged; absent ones stay absent. */
function copyFields(app: Container): Partial<Container> {
  const copy: Partial<Container> = {};
  for (const key of COPIED) {
    const value: unknown = app[key];
    if (value !== undefined && value !== null) copy[key] = value;
  }
  return copy;
}

const COPIED: readonly string[] = [
  "image",
  "imagePullPolicy",
  "workingDir",
  "envFrom",
  "volumeDevices",
  "securityContext",
];

function mergeMounts(mounts: readonly VolumeMount[], added: readonly VolumeMount[]): VolumeMount[] {
  const taken = new Set(added.map(({ mountPath }) => mountPath));
  return [...mounts.filter(({ mountPath }) => !taken.has(mountPath)), ...added];
}

/** The application's env after the preceding operations of the patch. */
export interface AppEnv {
  /** path of the list */
  parts: readonly (string | number)[];
  env: readonly EnvVar[];
}

/** Fills the env of the newly inserted rollcall-init: a copy of the application's env, then Rollcall's variables. */
export function fillEnv(
  parts: readonly (string | number)[],
  { env = [] }: Container,
  from: AppEnv,
): PatchOperation[] {
  // buildInitContainer put Rollcall's variables after the application's, so up to 100,000 names need no comparison
  const added = (env ?? []).slice(from.env.length);
  return [copy(from.parts, [...parts, "env"]), ...insertAll([...parts, "env"], from.env, added)];
}

/** Each takes an operation of its own, many times as long as the variable; this bounds the patch. */
const MOST_COPIED = 1000;

/**
 * Adds what an injected container lacks: env by name, mounts by path. Anything else that other webhooks have added or
 * changed stays.
 */
export function diffContainer(
  parts: readonly (string | number)[],
  now: Container,
  wanted: Container,
  from: AppEnv,
): PatchOperation[] | Denial {
  const env = addMissingEnv([...parts, "env"], now, wanted, from);
  if ("rule" in env) return env;
  return [
    ...env,
    ...prependEnvFrom(parts, now, wanted.envFrom ?? []),
    ...addMissingMounts(parts, now, wanted.volumeMounts ?? []),
  ];
}

function addMissingEnv(
  list: readonly (string | number)[],
  now: Container,
  wanted: Container,
  from: AppEnv,
): PatchOperation[] | Denial {
  const missing = listMissing(now.env ?? [], wanted.env ?? []);
  if (missing.length === 0) return [];
  if (missing.length > MOST_COPIED) {
    return deny(
      "name-conflict",
      `init container ${now.name} lacks ${missing.length} of the application's variables, and at most ${MOST_COPIED} can be added one by one. ` +
        "Remove that container from the pod, so that Rollcall creates it with all of them.",
    );
  }
  const places = new Map(from.env.map((variable, index) => [variable, index]));
  const added = missing.map((variable) => {
    const index = places.get(variable);
    return index === undefined ? add([...list, "-"], variable) : copy([...from.parts, index], [...list, "-"]);
  });
  return now.env ? added : [add(list, []), ...added];
}

function listMissing(present: readonly EnvVar[], wanted: readonly EnvVar[]): EnvVar[] {
  // mostly two are wanted, while the application's list may be long
  const missing = new Set(wanted.map(({ name }) => name));
  for (const { name } of present) missing.delete(name);
  return wanted.filter(({ name }) => missing.has(name));
}

/** Adds the mounts whose path is free in a container. */
export function addMissingMounts(
  parts: readonly (string | number)[],
  now: Container,
  wanted: readonly VolumeMount[],
): PatchOperation[] {
  const taken = new Set((now.volumeMounts ?? []).map(({ mountPath }) => mountPath));
  const mounts = wanted.filter(({ mountPath }) => !taken.has(mountPath));
  return insertAll([...parts, "volumeMounts"], now.volumeMounts ?? undefined, mounts);
}

/** The user of the image rollcall/init. */
const INSTALL_USER = 65532;

/** @param app the application container, for its token mount */
export function buildInstallContainer(
  image: InitImage,
  pod: Pod,
  app: Container,
  resources: ContainerResources,
): Container {
  // without the token mount the API server would add one later, and then call every webhook again
  // (docs/research/kubernetes-admission.md#reinvocation)
  const token = (app.volumeMounts ?? []).filter(({ mountPath }) => mountPath === POD_TOKEN_MOUNT);
  return {
    name: INSTALL_CONTAINER,
    image: image.name,
    ...(image.pullPolicy === undefined ? {} : { imagePullPolicy: image.pullPolicy }),
    args: ["install"],
    resources,
    securityContext: {
      runAsNonRoot: true,
      // only if the pod sets root: otherwise the image's user or the platform's user range applies
      ...(pod.spec.securityContext?.runAsUser === 0 ? { runAsUser: INSTALL_USER } : {}),
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    },
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: [{ name: RUNNER_VOLUME, mountPath: INSTALL_MOUNT }, ...token],
  };
}
