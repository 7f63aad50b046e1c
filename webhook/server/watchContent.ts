// Reads which content the pods of StatefulSets have, again and again, for the metrics and the log. Only StatefulSets whose
// profile makes their pods record it cost anything.

import { recordLease } from "../../init/contract/record.ts";
import { readShape } from "../../init/contract/shape.ts";
import type { LabelledSet } from "../cluster/statefulSets.ts";
import { statefulSet } from "../kubernetes/objects.ts";
import { readOrdinals } from "../kubernetes/statefulSetPods.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import type { KubeApi } from "../scaleDown/evidence/kubeApi.ts";
import { parseLease, recordIn } from "../scaleDown/evidence/leases.ts";
import {
  type ContentSummary,
  findContentFault,
  mergeSummaries,
  NO_CONTENT,
  summarizeContent,
} from "./contentSummary.ts";

const READ_EVERY_MS = 30_000;
const READ_LIMIT_MS = 20_000;
/** Far more than a cluster has; each costs two calls. */
const MOST_SETS = 500;
/** a subject of the log */
const READING = "the content of pods, for the metrics";

export interface ContentInput {
  readonly asks: Pick<KubeApi, "statefulSet" | "lease">;
  readonly listSets: (deadline: AbortSignal) => Promise<readonly LabelledSet[]>;
  /** null: not known yet */
  readonly profiles: () => Profiles | null;
  readonly onSummary: (summary: ContentSummary) => void;
  readonly onWarning: (line: string) => void;
  readonly everyMs?: number;
}

/** Reads until `stop`; the last summary stays while nothing can be read. */
export function watchContent(input: ContentInput, stop?: AbortSignal): void {
  const log = new ContentLog(input.onWarning);
  const look = async (): Promise<void> => {
    try {
      input.onSummary(await readContent(input, log, AbortSignal.timeout(READ_LIMIT_MS)));
      log.note(READING, null);
    } catch (error) {
      log.note(READING, `cannot be read: ${error instanceof Error ? error.message : error}`);
    }
  };
  const schedule = (): void => {
    if (stop?.aborted === true) return;
    setTimeout(() => void look().finally(schedule), input.everyMs ?? READ_EVERY_MS).unref();
  };
  schedule();
}

async function readContent(
  { asks, listSets, profiles }: ContentInput,
  log: ContentLog,
  deadline: AbortSignal,
): Promise<ContentSummary> {
  const known = profiles();
  const isRecording = (profile: string): boolean => known?.get(profile)?.pods.recordsInApp === true;
  // without such a profile nothing is listed
  if (known === null || ![...known.keys()].some(isRecording)) return NO_CONTENT;
  const sets = (await listSets(deadline)).filter(
    ({ profile, leftPod }) => leftPod === undefined && isRecording(profile),
  );
  let all = NO_CONTENT;
  for (const { namespace, name, profile } of sets.slice(0, MOST_SETS)) {
    const settles = known.get(profile)?.work?.steps.some(({ scope }) => scope === "release") === true;
    const summary = await readSetContent(asks, { namespace, name, settles }, deadline);
    log.note(`StatefulSet ${namespace}/${name}`, findContentFault(summary));
    all = mergeSummaries(all, summary);
  }
  log.keep(new Set([READING, ...sets.map(({ namespace, name }) => `StatefulSet ${namespace}/${name}`)]));
  return all;
}

async function readSetContent(
  asks: ContentInput["asks"],
  { namespace, name, settles }: { namespace: string; name: string; settles: boolean },
  deadline: AbortSignal,
): Promise<ContentSummary> {
  const set = readShape(statefulSet, await asks.statefulSet({ namespace, name }, deadline));
  // deleted since it was listed
  if ("fault" in set) return NO_CONTENT;
  const lease = await asks.lease({ namespace, name: recordLease(name) }, deadline);
  const record = lease === null ? null : readContentRecord(lease);
  return summarizeContent({ name, settles, ...readOrdinals(set.value) }, record);
}

/** A record that cannot be used is reported where it is needed: its pods count as unknown here. */
function readContentRecord(lease: unknown): ReturnType<typeof recordIn> | null {
  try {
    return recordIn(parseLease(lease));
  } catch {
    return null;
  }
}

/** Says a fault once it is seen twice in a row, since pods differ for seconds after each change, and when it is over. */
class ContentLog {
  readonly #onWarning: (line: string) => void;
  readonly #faults = new Map<string, { fault: string; isSaid: boolean }>();

  constructor(onWarning: (line: string) => void) {
    this.#onWarning = onWarning;
  }

  note(subject: string, fault: string | null): void {
    const before = this.#faults.get(subject);
    if (fault === null) {
      this.#faults.delete(subject);
      if (before?.isSaid === true) this.#onWarning(`${subject}: recovered`);
      return;
    }
    const isSaid = before?.isSaid === true && before.fault === fault;
    if (before !== undefined && !isSaid) this.#onWarning(`${subject}: ${fault}`);
    this.#faults.set(subject, { fault, isSaid: before !== undefined });
  }

  /** Forgets StatefulSets that do not exist any more. */
  keep(subjects: ReadonlySet<string>): void {
    for (const subject of this.#faults.keys()) if (!subjects.has(subject)) this.#faults.delete(subject);
  }
}
