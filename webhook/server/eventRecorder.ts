// Writes Events in the background. Responses do not wait for them and do not fail with them. Repeated events increase a count
// instead of creating more, and one is written at a time, so that many denials do not cause many API calls.
import { setTimeout as pause } from "node:timers/promises";
import { describeFailure } from "../cluster/api.ts";
import type { ClusterEvent, EventApi, StoredEvent } from "../cluster/events.ts";
import { generateEventName } from "./generateEventName.ts";
import type { EventOutcome } from "./metrics.ts";

/** The number of series in memory; above it the one with the oldest event is dropped. */
const MAX_SERIES = 500;
/** After such a pause an event starts a new series. Well below the hour that an Event is stored. */
const SERIES_GAP_MS = 10 * 60_000;
/** Attempts per event, so that a busy API server loses none: most events occur only once. */
const MAX_ATTEMPTS = 3;
/** Failures are logged at most this often. */
const FAILURE_LOG_MS = 60_000;
/** Longer messages are truncated. */
const MAX_MESSAGE = 2048;

export interface EventRecorderInput {
  api: EventApi;
  onResult: (outcome: EventOutcome) => void;
  /** called with one line about failures, at most once a minute */
  onWarning: (line: string) => void;
  /** the interval between two writes of a series */
  quietMs?: number;
  /** the interval between two writes */
  paceMs?: number;
  now?: () => number;
}

export interface EventRecorder {
  /** Returns at once; reports the result by `onResult` and `onWarning`. */
  emit(event: ClusterEvent): void;
}

interface EventSeries {
  event: ClusterEvent;
  /** the Event's name once it has been written */
  name: string | null;
  count: number;
  first: number;
  last: number;
  writtenAt: number;
  /** failures since the last event */
  failures: number;
  /** has events that are not written, or must be retried */
  isDue: boolean;
}

export function createEventRecorder(input: EventRecorderInput): EventRecorder {
  const { api, onResult, quietMs = 10_000, paceMs = 200, now = Date.now } = input;
  /** ordered by their last event */
  const allSeries = new Map<string, EventSeries>();
  const logFailure = createFailureLog(input);
  let isAwake = false;

  const write = async (series: EventSeries): Promise<void> => {
    series.isDue = false;
    series.writtenAt = now();
    try {
      if (series.name !== null && (await api.update(toStoredEvent(series, series.name))))
        return onResult("written");
      series.name = null;
      const name = generateEventName(series.event.about.name);
      await api.create(toStoredEvent(series, name));
      series.name = name;
      onResult("written");
    } catch (error) {
      series.failures += 1;
      if (series.failures < MAX_ATTEMPTS) series.isDue = true;
      onResult("failed");
      logFailure(series.event, error);
    }
  };

  const wake = async (): Promise<void> => {
    if (isAwake) return;
    isAwake = true;
    // after the response of the current request
    await pause(0, undefined, { ref: false });
    for (
      let next = findNextDue(allSeries, quietMs, now());
      next !== null;
      next = findNextDue(allSeries, quietMs, now())
    ) {
      // wait at most paceMs, since a new event may be due at once
      if (next.inMs > 0) await pause(Math.min(next.inMs, paceMs), undefined, { ref: false });
      else await write(next.series).then(() => pause(paceMs, undefined, { ref: false }));
    }
    isAwake = false;
  };

  return {
    emit: (event) => {
      const key = [
        event.about.kind,
        event.about.namespace,
        event.about.name,
        event.about.uid,
        event.reason,
        event.code,
      ].join("\n");
      const at = now();
      const series = findLiveSeries(allSeries.get(key), at) ?? beginSeries(event, at);
      Object.assign(series, {
        event: truncateMessage(event),
        count: series.count + 1,
        last: at,
        failures: 0,
        isDue: true,
      });
      allSeries.delete(key);
      allSeries.set(key, series);
      const [oldest] = allSeries;
      if (allSeries.size > MAX_SERIES && oldest !== undefined) {
        allSeries.delete(oldest[0]);
        if (oldest[1].isDue) onResult("dropped");
      }
      void wake();
    },
  };
}

const beginSeries = (event: ClusterEvent, at: number): EventSeries => ({
  event,
  name: null,
  count: 0,
  first: at,
  last: at,
  writtenAt: Number.NEGATIVE_INFINITY,
  failures: 0,
  isDue: false,
});

const findLiveSeries = (series: EventSeries | undefined, at: number): EventSeries | undefined =>
  series !== undefined && (series.isDue || at - series.last < SERIES_GAP_MS) ? series : undefined;

interface DueSeries {
  series: EventSeries;
  /** zero or less: now */
  inMs: number;
}

/** The series to write next, or null. */
function findNextDue(
  allSeries: ReadonlyMap<string, EventSeries>,
  quietMs: number,
  at: number,
): DueSeries | null {
  let next: DueSeries | null = null;
  for (const series of allSeries.values()) {
    const inMs = series.writtenAt + quietMs - at;
    if (series.isDue && (next === null || inMs < next.inMs)) next = { series, inMs };
  }
  return next;
}

function toStoredEvent({ event, count, first, last }: EventSeries, name: string): StoredEvent {
  return { name, event, count, first: new Date(first), last: new Date(last) };
}

function truncateMessage(event: ClusterEvent): ClusterEvent {
  const { message } = event;
  return message.length > MAX_MESSAGE
    ? { ...event, message: `${message.slice(0, MAX_MESSAGE - 3)}...` }
    : event;
}

/** Logs why an Event was not written, and how many failures were not logged before. */
function createFailureLog({
  onWarning,
  now = Date.now,
}: EventRecorderInput): (event: ClusterEvent, error: unknown) => void {
  let loggedAt = Number.NEGATIVE_INFINITY;
  let suppressed = 0;
  return ({ reason, about }, error) => {
    if (now() - loggedAt < FAILURE_LOG_MS) {
      suppressed += 1;
      return;
    }
    const more = suppressed === 0 ? "" : ` (and ${suppressed} more since the last such line)`;
    onWarning(
      `cannot write Event ${reason} about ${about.kind} ${about.namespace}/${about.name}${more}: ${describeFailure(error)}`,
    );
    loggedAt = now();
    suppressed = 0;
  };
}
