// `status`: what this pod's marker says, by kubectl exec in the application container. Reads and changes nothing.
import { foreignField, readMarker } from "../contract/marker.ts";
import { PLAN_ENV } from "../contract/places.ts";
import { type Plan, readPlan, stepDigest } from "../contract/plan.ts";
import { pvcStore } from "../engine/stores/pvc.ts";
import { realFiles } from "../world/files.ts";

export interface StepStatus {
  name: string;
  /** done: marked for this very step and release */
  done: boolean;
  finishedAt: string | null;
  evidence: string | null;
}

export interface Status {
  schema: 1;
  /** every step is done */
  ok: boolean;
  pod: string;
  nodeId: string;
  release: string;
  marker: string;
  /** what is wrong with the marker, or null */
  fault: string | null;
  items: StepStatus[];
}

/** The status, or why it could not be found out: `wrong` for a bad plan, `unknown` for a volume that cannot be read. */
export async function status(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Status | { wrong: string } | { unknown: string }> {
  const read = readPlan(env[PLAN_ENV]);
  if ("wrong" in read) return read;
  const { plan } = read;
  const { root, path } = plan.markers;
  const store = pvcStore({ root, folder: path, pod: plan.identity.pod }, realFiles, "status");
  const stored = await store.read();
  if (stored.is === "unusable") return { unknown: `${store.path} cannot be read: ${stored.why}` };
  const judged =
    stored.is === "absent" ? { fault: "there is no marker yet", entries: [] } : judge(plan, stored.text);
  const items = plan.steps.map((step): StepStatus => {
    const entry = judged.entries.find(
      ({ name, digest }) => name === step.name && digest === stepDigest(step),
    );
    return {
      name: step.name,
      done: entry !== undefined,
      finishedAt: entry?.finishedAt ?? null,
      evidence: entry?.evidence ?? null,
    };
  });
  return {
    schema: 1,
    ok: items.every(({ done }) => done),
    pod: plan.identity.pod,
    nodeId: plan.identity.nodeId,
    release: plan.release,
    marker: store.path,
    fault: judged.fault,
    items,
  };
}

interface Judged {
  fault: string | null;
  entries: readonly { name: string; digest: string; finishedAt: string; evidence: string }[];
}

/** A marker counts only when it is whole, this pod's and of this release. */
function judge(plan: Plan, text: string): Judged {
  const refuse = (fault: string): Judged => ({ fault, entries: [] });
  const reading = readMarker(text);
  if (reading.is === "torn") return refuse(`it is not trusted: ${reading.why}`);
  if (reading.is === "future") return refuse(`it is of a later Rollcall (schema ${reading.schema})`);
  const { marker } = reading;
  const field = foreignField(marker, plan.identity);
  if (field !== null)
    return refuse(`it is of another ${field}: ${marker[field]}, this pod's is ${plan.identity[field]}`);
  if (marker.release !== plan.release) return refuse(`it is of release ${marker.release}`);
  return { fault: null, entries: marker.steps };
}

/** The status for people: a verdict, then a line for each step. */
export function statusText({ ok, pod, nodeId, marker, fault, items }: Status): string {
  const lines = items.map(({ name, done, finishedAt, evidence }) =>
    done ? `√ ${name}   done ${finishedAt}: ${evidence}` : `× ${name}   not done`,
  );
  const problem = fault === null ? [] : [`‼ ${marker}: ${fault}`];
  return [
    `pod ${pod}, NodeID ${nodeId}`,
    ...lines,
    ...problem,
    ok ? "√ all steps are done" : "× not all steps are done",
    "",
  ].join("\n");
}
