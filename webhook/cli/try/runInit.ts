// Runs the runner of a pod as local processes: rollcall-init, and leave in the application's container.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildMarkerPath, findForeignField, type Marker, readMarker } from "../../../init/contract/marker.ts";
import { MARKER_MOUNT, PLAN_ENV } from "../../../init/contract/places.ts";
import { type Plan, readPlan } from "../../../init/contract/plan.ts";
import { INIT_CONTAINER, RUNNER_VOLUME } from "../../kubernetes/names.ts";
import type { Container, Pod } from "../../kubernetes/objects.ts";
import { readPlanText } from "../../mutation/carriedPlan.ts";
import { giveAccess, readSetRecord } from "./apiAccess.ts";
import type { ApiStandIn } from "./apiStandIn.ts";
import {
  buildStepReports,
  type ObservedRun,
  observeStartedSteps,
  type TryStepReport,
} from "./buildStepReports.ts";
import { findMount, makeVolumeFolders, mountFolders, toHostPath, type VolumeFolders } from "./folders.ts";
import { leaveHere, type ProgramLookup, planHere } from "./planHere.ts";
import { resolveContainerEnv } from "./resolveContainerEnv.ts";
import { type PlacedContainer, runRunner, type StepSandbox } from "./stepSandbox.ts";

export interface InitRun {
  /** the runner's exit code; null: no step could run here */
  exitCode: number | null;
  steps: TryStepReport[];
  /** the runner used the API server stand-in */
  askedApi: boolean;
  /** the pod's intact marker: its file here, and its VOLUME/PATH */
  marker: { file: string; onVolume: string } | null;
  /** the termination message, which `kubectl describe pod` would show */
  message: string;
  /** variables that only a cluster knows */
  unknownEnv: readonly string[];
}

/** A pod with folders for its volumes. */
export interface PodHere {
  pod: Pod;
  /** as the API server would assign it */
  uid: string;
  folders: VolumeFolders;
}

export interface RunInitInput {
  pod: Pod;
  work: string;
  /** the runner's folder */
  runner: string;
  room: StepSandbox;
  api: ApiStandIn;
  stop: AbortSignal;
  onLine: (line: string) => void;
}

const NOTHING: InitRun = {
  exitCode: 0,
  steps: [],
  askedApi: false,
  marker: null,
  message: "",
  unknownEnv: [],
};

/** Prepares a new pod as the kubelet would: all volumes but claims are empty. */
export async function preparePod({ pod, work, runner, room }: RunInitInput): Promise<PodHere> {
  return { pod, uid: randomUUID(), folders: await makeVolumeFolders(work, pod, runner, room.owner) };
}

/** The result of a pod whose steps are not run. */
export function skipInit({ pod }: PodHere): InitRun {
  const container = (pod.spec.initContainers ?? []).find(({ name }) => name === INIT_CONTAINER);
  const read = readPlan((container === undefined ? null : readPlanText(container)) ?? undefined);
  const steps = "plan" in read ? read.plan.steps : [];
  const why = "--skip-steps";
  return { ...NOTHING, exitCode: null, steps: steps.map(({ name }) => ({ name, result: "not-run", why })) };
}

/** Runs the pod's rollcall-init, if it has one. */
export async function runInit(here: PodHere, input: RunInitInput): Promise<InitRun> {
  const container = (here.pod.spec.initContainers ?? []).find(({ name }) => name === INIT_CONTAINER);
  if (container === undefined) return NOTHING;
  const ready = await prepare(here, container, input);
  if ("fault" in ready) return { ...NOTHING, exitCode: 2, message: ready.fault };
  const { placed, values, unknown: unknownEnv } = ready;
  const found = await planHere(ready.plan, input.room.translate(placed), ready.programs);
  const notRun = found.notRun.map(({ step, why }) => ({ name: step, result: "not-run" as const, why }));
  const { plan } = found;
  if (plan === null) return { ...NOTHING, exitCode: null, steps: notRun, unknownEnv };

  const started = observeStartedSteps();
  const onLine = (line: string): void => {
    started.onLine(line);
    input.onLine(line);
  };
  const env = await buildStepEnv(ready, plan, here.pod, input);
  const ended = await runRunner(input.room, placed, { words: ["run"], env, ...input, onLine });
  const observed = await observeRun(ready.plan, placed, container, input.api);
  return {
    exitCode: ended.code,
    message: ended.message,
    steps: [...buildStepReports({ plan, ran: started.ran, ended, ...observed }), ...notRun],
    askedApi: values[PLAN_ENV] !== undefined && plan.api !== null,
    marker: observed.place,
    unknownEnv,
  };
}

export interface LeaveRun {
  /** null: it could not run here */
  exitCode: number | null;
  why: string;
}

/** Runs what makes a pod leave: its preStop, or `drain` by kubectl exec. */
export async function tryLeave(
  here: PodHere,
  container: Container,
  how: "leave" | "drain",
  input: RunInitInput,
): Promise<LeaveRun> {
  const ready = await prepare(here, container, input);
  if ("fault" in ready) return { exitCode: null, why: ready.fault };
  const found = await leaveHere(ready.plan, input.room.translate(ready.placed), ready.programs);
  if ("why" in found) return { exitCode: null, why: found.why };
  const env = await buildStepEnv(ready, found.plan, here.pod, input);
  const lines: string[] = [];
  const onLine = (line: string): void => {
    lines.push(line);
    input.onLine(line);
  };
  const ended = await runRunner(input.room, ready.placed, { words: [how], env, stop: input.stop, onLine });
  const result = lines.findLast((line) => /^rollcall: (pod |RC\d+ )/.test(line)) ?? lines.at(-1) ?? "";
  return { exitCode: ended.code, why: result.replace(/^rollcall: /, "") };
}

interface ReadyContainer {
  placed: PlacedContainer;
  plan: Plan;
  programs: ProgramLookup;
  values: Record<string, string>;
  unknown: string[];
}

async function prepare(
  { pod, uid, folders }: PodHere,
  container: Container,
  { work, room }: RunInitInput,
): Promise<ReadyContainer | { fault: string }> {
  const { values, unknown } = resolveContainerEnv(container, pod, uid);
  const mounts = await mountFolders(container, { folders, owner: room.owner, env: values });
  const { namespace = "default", name = "pod" } = pod.metadata;
  const own = join(work, "own", namespace, name, container.name);
  const placed = { mounts, own, workingDir: container.workingDir || null };
  const read = readPlan(values[PLAN_ENV]);
  if ("wrong" in read) return { fault: read.wrong };
  const readOnlyPaths = listProvidedPaths(pod, container);
  const programs: ProgramLookup = {
    path: values["PATH"] ?? process.env["PATH"] ?? "",
    workingDir: placed.workingDir ?? "/tmp",
    isOnVolume: (path) => {
      const mount = findMount(path, mounts);
      return mount !== null && !readOnlyPaths.has(mount.path);
    },
    isHidden: room.isHidden,
    image: container.image ?? "",
  };
  return { placed, plan: read.plan, programs, values, unknown };
}

/** Volumes whose content comes from the cluster or an image, so that no step creates programs there. */
const PROVIDED = ["configMap", "secret", "projected", "downwardAPI", "image", "csi"];

function listProvidedPaths({ spec }: Pod, { volumeMounts }: Container): ReadonlySet<string> {
  const volumes = (spec.volumes ?? []).filter(
    (volume) => volume.name === RUNNER_VOLUME || PROVIDED.some((source) => Object.hasOwn(volume, source)),
  );
  const names = new Set(volumes.map(({ name }) => name));
  return new Set(
    (volumeMounts ?? []).filter(({ name }) => names.has(name)).map(({ mountPath }) => mountPath),
  );
}

async function buildStepEnv(
  { placed, plan: inPod, programs, values }: ReadyContainer,
  plan: Plan,
  pod: Pod,
  { room, api }: RunInitInput,
): Promise<Record<string, string>> {
  const translate = room.translate(placed);
  const own = Object.entries(values).filter(([name]) => name !== PLAN_ENV);
  return {
    PATH: programs.path,
    HOSTNAME: pod.metadata.name ?? "",
    ...(inPod.api === null ? {} : await giveAccess(api, toHostPath(inPod.api.folder, placed.mounts))),
    ...Object.fromEntries(own.map(([name, value]) => [name, ...translate(`the variable ${name}`, [value])])),
    [PLAN_ENV]: JSON.stringify(plan),
  };
}

/** Reads marker and record after a run. */
async function observeRun(
  plan: Plan,
  { mounts }: PlacedContainer,
  container: Container,
  api: ApiStandIn,
): Promise<Pick<ObservedRun, "marker" | "record"> & { place: InitRun["marker"] }> {
  const record = plan.api === null ? null : readSetRecord(api, plan.identity);
  const { markers, identity } = plan;
  // markers in S3 are not read
  if (markers.store === "s3") return { marker: null, record, place: null };
  const path = buildMarkerPath(markers.path, identity.pod);
  const file = join(toHostPath(markers.root, mounts), path);
  const marker = await readOwnMarker(file, identity);
  if (marker === null) return { marker: null, record, place: null };
  return { marker, record, place: { file, onVolume: `${findMarkerVolumeName(container)}/${path}` } };
}

async function readOwnMarker(file: string, identity: Plan["identity"]): Promise<Marker | null> {
  const text = await readFile(file, "utf8").catch(() => null);
  const reading = text === null ? null : readMarker(text);
  return reading?.is === "whole" && findForeignField(reading.marker, identity) === null
    ? reading.marker
    : null;
}

function findMarkerVolumeName(container: Container): string {
  return (container.volumeMounts ?? []).find(({ mountPath }) => mountPath === MARKER_MOUNT)?.name ?? "";
}
