// Runs a pod's init container rollcall-init as a local process: the runner for real, folders for volumes.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chown, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { foreignField, type Marker, markerPath, readMarker } from "../../../init/contract/marker.ts";
import { MARKER_MOUNT, PLAN_ENV, RUNNER_FILES } from "../../../init/contract/places.ts";
import { type Plan, readPlan } from "../../../init/contract/plan.ts";
import { INIT_CONTAINER } from "../../inject/names.ts";
import type { Container, Pod } from "../../inject/shape.ts";
import { giveAccess, recordOf } from "./apiAccess.ts";
import type { ApiStandIn } from "./apiStandIn.ts";
import { containerEnv } from "./containerEnv.ts";
import { makeFolders, makeSubPaths, type Owner, type Translate, translation } from "./folders.ts";
import { planHere } from "./planHere.ts";
import { type RunSeen, type StepStory, stepResults } from "./stepResults.ts";

export interface InitRun {
  /** the runner's exit code; null where no step could be run here */
  exitCode: number | null;
  steps: StepStory[];
  /** the runner asked for the API server */
  askedApi: boolean;
  /** where there is a whole marker of this pod: its file here, and VOLUME/PATH as a pod's user knows it */
  marker: { file: string; onVolume: string } | null;
  /** the runner's last words, as `kubectl describe pod` would show them */
  message: string;
  /** variables that only a cluster knows */
  unknownEnv: readonly string[];
}

export interface InitInput {
  pod: Pod;
  work: string;
  /** folder of the runner */
  runner: string;
  owner: Owner | null;
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

/** Does what the kubelet would do with the pod's rollcall-init; a pod without one has nothing to do. */
export async function runInit(input: InitInput): Promise<InitRun> {
  const { pod, work, runner, owner, api } = input;
  const container = (pod.spec.initContainers ?? []).find(({ name }) => name === INIT_CONTAINER);
  if (container === undefined) return NOTHING;
  const folders = await makeFolders(work, pod, runner, owner);
  await makeSubPaths(container, folders, owner);
  const translate = translation(container, folders);
  const { values, unknown } = containerEnv(container, pod, randomUUID());
  const read = readPlan(values[PLAN_ENV]);
  if ("wrong" in read) return { ...NOTHING, exitCode: 2, message: read.wrong };

  const programs = values["PATH"] ?? process.env["PATH"] ?? "";
  const here = await planHere(read.plan, translate, { path: programs, image: container.image ?? "" });
  const notRun = here.notRun.map(({ step, why }) => ({ name: step, result: "not-run" as const, why }));
  const { plan } = here;
  if (plan === null) return { ...NOTHING, exitCode: null, steps: notRun, unknownEnv: unknown };

  const began = new Date();
  const env = {
    PATH: programs,
    HOSTNAME: pod.metadata.name ?? "",
    ...(plan.api === null ? {} : await giveAccess(api, plan.api.folder)),
    ...translated(values, translate),
    [PLAN_ENV]: JSON.stringify(plan),
  };
  const ended = await runProcess(input, container, env, translate);
  const seen = await seenOf(plan, container, api);
  return {
    exitCode: ended.code,
    message: ended.message,
    steps: [...stepResults({ plan, began, ended, ...seen }), ...notRun],
    askedApi: plan.api !== null,
    marker: seen.place,
    unknownEnv: unknown,
  };
}

/** What can be seen of a run from outside once it has ended. */
async function seenOf(
  plan: Plan,
  container: Container,
  api: ApiStandIn,
): Promise<Pick<RunSeen, "marker" | "record"> & { place: InitRun["marker"] }> {
  const found = await markerOf(plan);
  const record = plan.api === null ? null : recordOf(api, plan.identity);
  if (found === null) return { marker: null, record, place: null };
  const { file, path, marker } = found;
  return { marker, record, place: { file, onVolume: `${markerVolume(container)}/${path}` } };
}

function translated(values: Readonly<Record<string, string>>, translate: Translate): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, translate(value)]));
}

async function runProcess(
  { pod, work, runner, owner, stop, onLine }: InitInput,
  container: Container,
  env: Readonly<Record<string, string>>,
  translate: Translate,
): Promise<{ code: number; message: string }> {
  const logs = join(work, "logs", pod.metadata.name ?? "pod");
  await mkdir(logs, { recursive: true });
  if (owner !== null) await chown(logs, owner.uid, owner.gid);
  const last = join(logs, "termination-log");
  const child = spawn(
    join(runner, RUNNER_FILES.node),
    [join(runner, RUNNER_FILES.program), "run", "--termination-log", last],
    {
      cwd: container.workingDir ? translate(container.workingDir) : logs,
      env: { ...env },
      stdio: ["ignore", "pipe", "inherit"],
      // ours to stop, not the terminal's: its SIGINT would reach the runner a second time
      detached: true,
      ...(owner === null ? {} : owner),
    },
  );
  const passOn = (): void => {
    child.kill("SIGTERM");
  };
  stop.addEventListener("abort", passOn, { once: true });
  createInterface({ input: child.stdout }).on("line", onLine);
  const ended = await new Promise<{ code: number; why: string }>((resolve) => {
    child.once("error", (error) =>
      resolve({ code: 1, why: `the runner could not be started: ${error.message}` }),
    );
    child.once("close", (code, signal) =>
      resolve({ code: code ?? 1, why: signal === null ? "" : `killed by ${signal}` }),
    );
  });
  stop.removeEventListener("abort", passOn);
  const message = await readFile(last, "utf8").catch(() => ended.why);
  return { code: ended.code, message };
}

function markerVolume(container: Container): string {
  return (container.volumeMounts ?? []).find(({ mountPath }) => mountPath === MARKER_MOUNT)?.name ?? "";
}

/** This pod's whole marker and where it lies; null also for markers in S3, which cannot be seen from here. */
async function markerOf({
  markers,
  identity,
}: Plan): Promise<{ file: string; path: string; marker: Marker } | null> {
  if (markers.store === "s3") return null;
  const path = markerPath(markers.path, identity.pod);
  const file = join(markers.root, path);
  const text = await readFile(file, "utf8").catch(() => null);
  const reading = text === null ? null : readMarker(text);
  if (reading?.is !== "whole" || foreignField(reading.marker, identity) !== null) return null;
  return { file, path, marker: reading.marker };
}
