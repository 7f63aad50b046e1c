// Init container rollcall-init: runs the plan with the application container's own image, env, volumes and
// security, since its tools are there and ours are not.
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
  /** the application's env as it will be */
  env: readonly EnvVar[];
  plan: string;
  resources: ContainerResources;
  /** our own */
  mounts: readonly VolumeMount[];
  /** the runner is started by the image's entrypoint, not instead of it */
  keepsEntrypoint: boolean;
}

/**
 * What the kubelet tells the runner of the pod that it really runs in: no uid exists yet when a pod is admitted, and a copy
 * of a pod (kubectl debug --copy-to) brings the plan of the original along.
 */
export const podFields = Object.entries(POD_ENV).map(([field, name]) => ({
  name,
  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.${field}` } },
}));

/** The container as it is to be for the pod as it is now. */
export function buildInitContainer(input: InitContainerInput): Container {
  const { app, env, plan, resources, mounts, keepsEntrypoint } = input;
  return {
    name: INIT_CONTAINER,
    ...copied(app),
    [keepsEntrypoint ? "args" : "command"]: buildRunnerCommand(RUNNER_MOUNT, "run"),
    resources,
    terminationMessagePolicy: "FallbackToLogsOnError",
    env: env.concat(missingIn(env, [...podFields, { name: PLAN_ENV, value: plan }])),
    volumeMounts: withOurs(app.volumeMounts ?? [], mounts),
  };
}

/** What is taken from the application as it stands; absent stays absent. */
function copied(app: Container): Partial<Container> {
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

function withOurs(mounts: readonly VolumeMount[], ours: readonly VolumeMount[]): VolumeMount[] {
  const taken = new Set(ours.map(({ mountPath }) => mountPath));
  return [...mounts.filter(({ mountPath }) => !taken.has(mountPath)), ...ours];
}

/** The application's env, as it will be once what comes before in the patch has been done. */
export interface AppEnv {
  /** where the list is */
  parts: readonly (string | number)[];
  env: readonly EnvVar[];
}

/** Fills the env of a container of ours that has just been put there: a copy of the application's, and our own. */
export function fillEnv(
  parts: readonly (string | number)[],
  { env = [] }: Container,
  from: AppEnv,
): PatchOperation[] {
  // initContainer has put ours behind the application's: 100,000 names need not be compared again
  const ours = (env ?? []).slice(from.env.length);
  return [copy(from.parts, [...parts, "env"]), ...insertAll([...parts, "env"], from.env, ours)];
}

/** Each takes an operation of its own, many times as long as the variable: a patch must not outgrow its request. */
const MOST_COPIED = 1000;

/**
 * What an injected container still lacks of what it should be: env by name, mounts by path. More than that is
 * another webhook's business and stays (converged means superset).
 */
export function diffContainer(
  parts: readonly (string | number)[],
  now: Container,
  wanted: Container,
  from: AppEnv,
): PatchOperation[] | Denial {
  const env = lackingEnv([...parts, "env"], now, wanted, from);
  if ("rule" in env) return env;
  return [
    ...env,
    ...prependEnvFrom(parts, now, wanted.envFrom ?? []),
    ...addMissingMounts(parts, now, wanted.volumeMounts ?? []),
  ];
}

function lackingEnv(
  list: readonly (string | number)[],
  now: Container,
  wanted: Container,
  from: AppEnv,
): PatchOperation[] | Denial {
  const missing = missingIn(now.env ?? [], wanted.env ?? []);
  if (missing.length === 0) return [];
  if (missing.length > MOST_COPIED) {
    return deny(
      "name-conflict",
      `the pod's init container ${now.name} lacks ${missing.length} of the application's variables, and at most ${MOST_COPIED} are put there ` +
        "one by one; take that container out, and it is made anew",
    );
  }
  const places = new Map(from.env.map((variable, index) => [variable, index]));
  const added = missing.map((variable) => {
    const index = places.get(variable);
    return index === undefined ? add([...list, "-"], variable) : copy([...from.parts, index], [...list, "-"]);
  });
  return now.env ? added : [add(list, []), ...added];
}

function missingIn(there: readonly EnvVar[], wanted: readonly EnvVar[]): EnvVar[] {
  // mostly two are wanted, and what is there is the application's own long list
  const missing = new Set(wanted.map(({ name }) => name));
  for (const { name } of there) missing.delete(name);
  return wanted.filter(({ name }) => missing.has(name));
}

/** Operations for the mounts whose path is free in a container. */
export function addMissingMounts(
  parts: readonly (string | number)[],
  now: Container,
  wanted: readonly VolumeMount[],
): PatchOperation[] {
  const taken = new Set((now.volumeMounts ?? []).map(({ mountPath }) => mountPath));
  const mounts = wanted.filter(({ mountPath }) => !taken.has(mountPath));
  return insertAll([...parts, "volumeMounts"], now.volumeMounts ?? undefined, mounts);
}

/** The user of our image, for pods that would otherwise make it root. */
const OUR_USER = 65532;

/** @param app the application container, for its token mount */
export function installContainer(
  image: InitImage,
  pod: Pod,
  app: Container,
  resources: ContainerResources,
): Container {
  // without the token mount the API server would add it later and call every webhook a second time for this
  // pod (docs/research/kubernetes-admission.md#reinvocation)
  const token = (app.volumeMounts ?? []).filter(({ mountPath }) => mountPath === POD_TOKEN_MOUNT);
  return {
    name: INSTALL_CONTAINER,
    image: image.name,
    ...(image.pullPolicy === undefined ? {} : { imagePullPolicy: image.pullPolicy }),
    args: ["install"],
    resources,
    securityContext: {
      runAsNonRoot: true,
      // only where the pod says root: elsewhere the image's user or the platform's range is right
      ...(pod.spec.securityContext?.runAsUser === 0 ? { runAsUser: OUR_USER } : {}),
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    },
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: [{ name: RUNNER_VOLUME, mountPath: INSTALL_MOUNT }, ...token],
  };
}
