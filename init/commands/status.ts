// `status`: the state of this pod's steps by its markers, for kubectl exec in the application's container. Changes
// nothing.

import { RUNNER_PRESETS } from "../../presets/runner.ts";
import { EXIT } from "../contract/exit.ts";
import { computeStepDigest, findForeignField, type MarkerStep, readMarker } from "../contract/marker.ts";
import { type Plan, readOwnPlan } from "../contract/plan.ts";
import type { WorkloadRecord } from "../contract/record.ts";
import { openStores } from "../engine/markers.ts";
import type { World } from "../engine/ports.ts";
import { createRecordCell } from "../engine/record/recordStore.ts";
import { openWorld } from "../world/open.ts";

export interface StepStatus {
  name: string;
  /** marked in every store, for this step and release */
  done: boolean;
  finishedAt: string | null;
  evidence: string | null;
}

export interface RunnerStatus {
  schema: 1;
  /** every step is done */
  ok: boolean;
  pod: string;
  nodeId: string;
  release: string;
  /** the markers, and what is wrong with each, or null */
  markers: { path: string; fault: string | null }[];
  items: StepStatus[];
  /** what each pod has of what pods take up while they run, as recorded; absent: these pods take up nothing */
  content?: ContentStatus;
}

interface KnownContent {
  /** the set for which is done what is done once for all pods; absent: this workload leaves that to another one */
  settled?: string | null;
  /** one entry a pod */
  pods: { pod: string; id: string; at: string; fault: string | null }[];
}

/** `unknown`: why the record cannot be read. */
type ContentStatus = KnownContent | { unknown: string };

type StatusResult = RunnerStatus | { wrong: string } | { unknown: string };

/** The status; `wrong` for an invalid plan, `unknown` if a store cannot be read. */
async function readRunnerStatus(env: Readonly<Record<string, string | undefined>>): Promise<StatusResult> {
  const read = readOwnPlan(env);
  if ("wrong" in read) return read;
  const { plan } = read;
  const { signal } = new AbortController();
  const world = await openWorld({
    plan: { s3: plan.s3, api: hasContent(plan) ? plan.api : null },
    env,
    stop: signal,
    log: () => undefined,
    runId: "status",
  });
  const readings: (MarkerReading & { path: string })[] = [];
  for (const store of openStores(plan, world)) {
    const stored = await store.read();
    if (stored.is === "unusable") return { unknown: `${store.path} cannot be read: ${stored.why}` };
    const found =
      stored.is === "absent" ? { fault: "no marker yet", entries: [] } : checkMarker(plan, stored.text);
    readings.push({ ...found, path: store.path });
  }
  const items = plan.ring === undefined ? buildStepStatuses(plan, readings) : buildMemberStatus(readings);
  return {
    schema: 1,
    ok: items.every(({ done }) => done) && readings.every(({ fault }) => fault === null),
    pod: plan.identity.pod,
    nodeId: plan.identity.nodeId,
    release: plan.release,
    markers: readings.map(({ path, fault }) => ({ path, fault })),
    items,
    ...(hasContent(plan) ? { content: await readContentStatus(plan, world) } : {}),
  };
}

/** Whether the pods of a plan take up content while they run. */
const hasContent = ({ preset, identity }: Plan): boolean =>
  preset !== undefined &&
  RUNNER_PRESETS.some(({ kind, recordsContent }) => kind === identity.kind && recordsContent === true);

async function readContentStatus(plan: Plan, world: World): Promise<ContentStatus> {
  if (world.askApi === null) return { unknown: "the plan names no API server" };
  // one attempt: somebody is waiting for the answer
  const reading = await createRecordCell(world.askApi, plan.identity).read();
  if (reading.is === "failed") return { unknown: reading.why };
  return buildContentStatus(plan, reading.is === "absent" ? undefined : reading.value.content);
}

export function buildContentStatus(
  { steps }: { steps: readonly Pick<Plan["steps"][number], "scope">[] },
  content: WorkloadRecord["content"],
): KnownContent {
  const pods = Object.entries(content?.pods ?? {}).map(([pod, { id, at, fault = null }]) => ({
    pod,
    id,
    at,
    fault,
  }));
  return {
    ...(steps.some(({ scope }) => scope === "release") ? { settled: content?.settled?.id ?? null } : {}),
    pods: pods.sort((one, other) => (one.pod < other.pod ? -1 : 1)),
  };
}

/** A member of a ring has one entry, named by how it joined. */
function buildMemberStatus(readings: readonly MarkerReading[]): StepStatus[] {
  const [entry] = readings[0]?.entries ?? [];
  const done = entry !== undefined && readings.every(({ entries }) => entries[0]?.digest === entry.digest);
  const { finishedAt = null, evidence = null, name = "member" } = entry ?? {};
  return [{ name, done, finishedAt, evidence }];
}

function buildStepStatuses(plan: Plan, readings: readonly MarkerReading[]): StepStatus[] {
  return plan.steps.map((step): StepStatus => {
    const [entry, ...others] = readings.map(({ entries }) =>
      entries.find(({ name, digest }) => name === step.name && digest === computeStepDigest(step)),
    );
    const done = entry !== undefined && others.every((other) => other?.runId === entry.runId);
    return {
      name: step.name,
      done,
      finishedAt: entry?.finishedAt ?? null,
      evidence: entry?.evidence ?? null,
    };
  });
}

interface MarkerReading {
  fault: string | null;
  entries: readonly MarkerStep[];
}

/** A marker counts only if it is intact and of this pod and release. */
function checkMarker(plan: Plan, text: string): MarkerReading {
  const refuse = (fault: string): MarkerReading => ({ fault, entries: [] });
  const reading = readMarker(text);
  if (reading.is === "torn") return refuse(`it is corrupt: ${reading.why}`);
  if (reading.is === "future")
    return refuse(`it was written by a later version of Rollcall (schema ${reading.schema})`);
  const { marker } = reading;
  const field = findForeignField(marker, plan.identity);
  if (field !== null)
    return refuse(`it is of another ${field}: ${marker[field]}, this pod's is ${plan.identity[field]}`);
  if (marker.release !== plan.release) return refuse(`it is of release ${marker.release}`);
  return { fault: null, entries: marker.steps };
}

/** The exit code if the status is unknown. */
const UNKNOWN = 3;

/**
 * Prints the status. Its exit codes are those of the webhook's command line.
 * @returns the exit code
 */
export async function printStatus(
  format: string,
  env: Readonly<Record<string, string | undefined>>,
  refuseUsage: (wrong: string) => number,
): Promise<number> {
  if (format !== "text" && format !== "json")
    return refuseUsage(`-o takes text or json, not ${JSON.stringify(format)}`);
  const result = await readRunnerStatus(env);
  if ("items" in result) {
    process.stdout.write(format === "json" ? `${JSON.stringify(result, null, 2)}\n` : formatStatus(result));
    return result.ok ? EXIT.done : EXIT.failed;
  }
  const [error, code] =
    "wrong" in result ? ([result.wrong, EXIT.badPlan] as const) : ([result.unknown, UNKNOWN] as const);
  console.error(`rollcall: ${error}`);
  if (format === "json") console.log(JSON.stringify({ error }));
  return code;
}

/** Formats the status for people: a line for each step, then the verdict. */
function formatStatus({ ok, pod, nodeId, markers, items, content }: RunnerStatus): string {
  const lines = items.map(({ name, done, finishedAt, evidence }) =>
    done ? `√ ${name}   done ${finishedAt}: ${evidence}` : `× ${name}   not done`,
  );
  const problems = markers.flatMap(({ path, fault }) => (fault === null ? [] : [`‼ ${path}: ${fault}`]));
  return [
    `pod ${pod}, NodeID ${nodeId}`,
    ...lines,
    ...problems,
    ...(content === undefined ? [] : formatContent(content)),
    ok ? "√ all steps are done" : "× not all steps are done",
    "",
  ].join("\n");
}

/** One line for each pod that has recorded what it has. */
export function formatContent(content: ContentStatus): string[] {
  if ("unknown" in content) return [`‼ content of the pods: unknown: ${content.unknown}`];
  return content.pods.map(({ pod, id, at, fault }) => {
    const settled = content.settled === undefined || id === content.settled ? "" : " (not settled)";
    return fault === null
      ? `√ ${pod}   has ${id} since ${at}${settled}`
      : `‼ ${pod}   has ${id} since ${at}: ${fault}`;
  });
}
