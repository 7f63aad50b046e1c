// Reads which content the pods of StatefulSets have, again and again, for the metrics and the log. While a profile makes its
// pods record content, each reading lists all StatefulSets, and gets one Lease for each that has such a profile and replicas.
// Without such a profile nothing is read.

import { recordLease } from "../../init/contract/record.ts";
import type { ContentApi, RunningSet } from "../cluster/createContentApi.ts";
import type { Profiles } from "../profiles/profileSet.ts";
import { parseLease, recordIn } from "../scaleDown/evidence/leases.ts";
import {
  type ContentSummary,
  findContentFault,
  mergeSummaries,
  NO_CONTENT,
  summarizeContent,
} from "./contentSummary.ts";

const READ_EVERY_MS = 30_000;
const LIST_LIMIT_MS = 20_000;
/** One Lease. */
const LEASE_LIMIT_MS = 5_000;
/** Leases that are read at once. */
export const CONTENT_CALLS = 4;
/** Leases of one reading; the StatefulSets that were read longest ago come first, so each gets its turn. */
const MOST_SETS = 500;
/** a subject of the log */
const READING = "the content of pods, for the metrics";

export interface ContentReading {
  readonly summary: ContentSummary;
  /** the time of the oldest part of the summary; null: a StatefulSet was never read */
  readonly readAt: Date | null;
}

interface ContentInput {
  readonly api: ContentApi;
  /** null: not known yet */
  readonly profiles: () => Profiles | null;
  readonly onReading: (reading: ContentReading) => void;
  readonly onWarning: (line: string) => void;
  readonly now: () => Date;
  readonly everyMs?: number;
  readonly mostSets?: number;
}

/** Reads until `stop`; what was read last of a StatefulSet stays while it cannot be read. */
export function watchContent(input: ContentInput, stop?: AbortSignal): void {
  const reader = new ContentReader(input);
  const schedule = (): void => {
    if (stop?.aborted === true) return;
    setTimeout(() => void reader.look().finally(schedule), input.everyMs ?? READ_EVERY_MS).unref();
  };
  schedule();
}

interface KnownSet {
  readonly summary: ContentSummary;
  /** null: never */
  readonly readAt: Date | null;
  /** the number of the reading that tried it last */
  readonly triedIn: number;
}

const formatKey = ({ namespace, name }: RunningSet): string => `StatefulSet ${namespace}/${name}`;

class ContentReader {
  readonly #input: ContentInput;
  readonly #log: ContentLog;
  #known = new Map<string, KnownSet>();
  #readings = 0;
  #isCutSaid = false;

  constructor(input: ContentInput) {
    this.#input = input;
    this.#log = new ContentLog(input.onWarning);
  }

  async look(): Promise<void> {
    const { profiles, onReading, now } = this.#input;
    const known = profiles();
    if (known === null) return;
    try {
      const isRecording = (profile: string): boolean => known.get(profile)?.pods.recordsInApp === true;
      const began = now();
      const sets = [...known.keys()].some(isRecording)
        ? await this.#input.api.listSets(isRecording, AbortSignal.timeout(LIST_LIMIT_MS))
        : [];
      const failed = await this.#readSets(sets, known);
      onReading(this.#merge(began));
      this.#log.note(READING, failed);
    } catch (error) {
      this.#log.note(READING, `cannot be read: ${describeError(error)}`);
    }
  }

  /** @returns a fault for the log, if a StatefulSet could not be read */
  async #readSets(sets: readonly RunningSet[], profiles: Profiles): Promise<string | null> {
    this.#readings += 1;
    this.#forgetOthers(sets);
    const due = this.#selectDue(sets).values();
    let failures = 0;
    let first = "";
    const readNext = async (): Promise<void> => {
      // all of them share one iterator
      for (const set of due) {
        const why = await this.#readSet(set, profiles);
        if (why === null) continue;
        failures += 1;
        if (failures === 1) first = `${formatKey(set)}: ${why}`;
      }
    };
    await Promise.all(Array.from({ length: CONTENT_CALLS }, readNext));
    return failures === 0 ? null : `some StatefulSets cannot be read: ${first}`;
  }

  #selectDue(sets: readonly RunningSet[]): readonly RunningSet[] {
    const most = this.#input.mostSets ?? MOST_SETS;
    if (sets.length <= most) {
      this.#isCutSaid = false;
      return sets;
    }
    if (!this.#isCutSaid)
      this.#input.onWarning(
        `${READING}: ${sets.length} StatefulSets record it, and at most ${most} are read at a time, so each is read every ${Math.ceil(sets.length / most)} times`,
      );
    this.#isCutSaid = true;
    const getTurn = (set: RunningSet): number => this.#known.get(formatKey(set))?.triedIn ?? 0;
    return sets.toSorted((one, other) => getTurn(one) - getTurn(other)).slice(0, most);
  }

  async #readSet(set: RunningSet, profiles: Profiles): Promise<string | null> {
    const { api, now } = this.#input;
    const key = formatKey(set);
    const triedIn = this.#readings;
    const readAt = now();
    try {
      const at = { namespace: set.namespace, name: recordLease(set.name) };
      const lease = await api.readLease(at, AbortSignal.timeout(LEASE_LIMIT_MS));
      const settles =
        profiles.get(set.profile)?.work?.steps.some(({ scope }) => scope === "release") === true;
      const summary = summarizeContent({ ...set, settles }, lease === null ? null : readContentRecord(lease));
      this.#known.set(key, { summary, readAt, triedIn });
      this.#log.note(key, findContentFault(summary));
      return null;
    } catch (error) {
      this.#known.set(key, { ...(this.#known.get(key) ?? createUnknown(set)), triedIn });
      return describeError(error);
    }
  }

  /** Forgets StatefulSets that do not exist any more, and knows the new ones. */
  #forgetOthers(sets: readonly RunningSet[]): void {
    this.#known = new Map(
      sets.map((set) => [formatKey(set), this.#known.get(formatKey(set)) ?? createUnknown(set)]),
    );
    this.#log.keep(new Set([READING, ...this.#known.keys()]));
  }

  #merge(began: Date): ContentReading {
    let summary = NO_CONTENT;
    let oldest: Date | null = began;
    for (const { summary: own, readAt } of this.#known.values()) {
      summary = mergeSummaries(summary, own);
      if (readAt === null || (oldest !== null && readAt < oldest)) oldest = oldest === null ? null : readAt;
    }
    return { summary, readAt: oldest };
  }
}

const createUnknown = ({ replicas }: RunningSet): KnownSet => ({
  summary: { sets: 0, pods: { ...NO_CONTENT.pods, unknown: replicas } },
  readAt: null,
  triedIn: 0,
});

const describeError = (error: unknown): string => (error instanceof Error ? error.message : String(error));

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
