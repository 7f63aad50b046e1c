// `readRunnerStatus`: what this pod's markers say, by kubectl exec in the application container. Reads and changes nothing.
import { EXIT } from "../contract/exit.ts";
import { findForeignField, type MarkerStep, readMarker } from "../contract/marker.ts";
import { PLAN_ENV } from "../contract/places.ts";
import { computeStepDigest, type Plan, readPlan } from "../contract/plan.ts";
import { openStores } from "../engine/markers.ts";
import { openWorld } from "../world/open.ts";

export interface StepStatus {
  name: string;
  /** done: marked for this very step and release, in every store */
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
  /** where the markers lie, and what is wrong with each, or null */
  markers: { path: string; fault: string | null }[];
  items: StepStatus[];
}

type StatusResult = RunnerStatus | { wrong: string } | { unknown: string };

/** The status, or why it could not be found out: `wrong` for a bad plan, `unknown` for a store that cannot be read. */
async function readRunnerStatus(env: Readonly<Record<string, string | undefined>>): Promise<StatusResult> {
  const read = readPlan(env[PLAN_ENV]);
  if ("wrong" in read) return read;
  const { plan } = read;
  const { signal } = new AbortController();
  const world = await openWorld({
    plan: { s3: plan.s3, api: null },
    env,
    stop: signal,
    log: () => undefined,
    runId: "status",
  });
  const judged: (MarkerReading & { path: string })[] = [];
  for (const store of openStores(plan, world)) {
    const stored = await store.read();
    if (stored.is === "unusable") return { unknown: `${store.path} cannot be read: ${stored.why}` };
    const found =
      stored.is === "absent" ? { fault: "there is no marker yet", entries: [] } : judge(plan, stored.text);
    judged.push({ ...found, path: store.path });
  }
  const items = plan.ring === undefined ? buildStepStatuses(plan, judged) : membership(judged);
  return {
    schema: 1,
    ok: items.every(({ done }) => done) && judged.every(({ fault }) => fault === null),
    pod: plan.identity.pod,
    nodeId: plan.identity.nodeId,
    release: plan.release,
    markers: judged.map(({ path, fault }) => ({ path, fault })),
    items,
  };
}

/** A member of a ring has one entry, named by how it came into it. */
function membership(judged: readonly MarkerReading[]): StepStatus[] {
  const [entry] = judged[0]?.entries ?? [];
  const done = entry !== undefined && judged.every(({ entries }) => entries[0]?.digest === entry.digest);
  const { finishedAt = null, evidence = null, name = "member" } = entry ?? {};
  return [{ name, done, finishedAt, evidence }];
}

function buildStepStatuses(plan: Plan, judged: readonly MarkerReading[]): StepStatus[] {
  return plan.steps.map((step): StepStatus => {
    const [entry, ...others] = judged.map(({ entries }) =>
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

/** A marker counts only when it is whole, this pod's and of this release. */
function judge(plan: Plan, text: string): MarkerReading {
  const refuse = (fault: string): MarkerReading => ({ fault, entries: [] });
  const reading = readMarker(text);
  if (reading.is === "torn") return refuse(`it is not trusted: ${reading.why}`);
  if (reading.is === "future") return refuse(`it is of a later Rollcall (schema ${reading.schema})`);
  const { marker } = reading;
  const field = findForeignField(marker, plan.identity);
  if (field !== null)
    return refuse(`it is of another ${field}: ${marker[field]}, this pod's is ${plan.identity[field]}`);
  if (marker.release !== plan.release) return refuse(`it is of release ${marker.release}`);
  return { fault: null, entries: marker.steps };
}

/** Exit code 3 of status: could not find out. */
const COULD_NOT_ASK = 3;

/**
 * The status on standard output. It has the command line's exit codes: it asks, and changes nothing.
 * @returns the exit code
 */
export async function printStatus(
  format: string,
  env: Readonly<Record<string, string | undefined>>,
  refuseUsage: (wrong: string) => number,
): Promise<number> {
  if (format !== "text" && format !== "json")
    return refuseUsage(`-o takes text or json, not ${JSON.stringify(format)}`);
  const told = await readRunnerStatus(env);
  if ("items" in told) {
    process.stdout.write(format === "json" ? `${JSON.stringify(told, null, 2)}\n` : formatStatus(told));
    return told.ok ? EXIT.done : EXIT.failed;
  }
  const [error, code] =
    "wrong" in told ? ([told.wrong, EXIT.badPlan] as const) : ([told.unknown, COULD_NOT_ASK] as const);
  console.error(`rollcall: ${error}`);
  if (format === "json") console.log(JSON.stringify({ error }));
  return code;
}

/** The status for people: a verdict, then a line for each step. */
function formatStatus({ ok, pod, nodeId, markers, items }: RunnerStatus): string {
  const lines = items.map(({ name, done, finishedAt, evidence }) =>
    done ? `√ ${name}   done ${finishedAt}: ${evidence}` : `× ${name}   not done`,
  );
  const problems = markers.flatMap(({ path, fault }) => (fault === null ? [] : [`‼ ${path}: ${fault}`]));
  return [
    `pod ${pod}, NodeID ${nodeId}`,
    ...lines,
    ...problems,
    ok ? "√ all steps are done" : "× not all steps are done",
    "",
  ].join("\n");
}
