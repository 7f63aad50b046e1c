// Tells Events beside the answers: nobody waits for them, nothing fails with them, and a controller that asks again and
// again counts one up instead of writing more. One is written at a time, so that a storm of denials is no storm of calls.
import { setTimeout as pause } from "node:timers/promises";
import { describeFailure } from "../cluster/api.ts";
import type { ClusterEvent, EventApi, StoredEvent } from "../cluster/events.ts";
import { generateEventName } from "./generateEventName.ts";
import type { EventOutcome } from "./metrics.ts";

/** How many stories are remembered; of more the one that was told longest ago is forgotten. */
const MOST = 500;
/** A story that was not told for so long is a new one. Well under the hour that an Event lives. */
const SILENCE_MS = 10 * 60_000;
/** How often one is tried: most are told once, and a busy API server must not lose them. */
const TRIES = 3;
/** Failures are logged no more often. */
const GRUMBLE_MS = 60_000;
/** Some denials carry the commands that help; more than this is no sentence any more. */
const LONGEST = 2048;

export interface EventRecorderInput {
  api: EventApi;
  onResult: (outcome: EventOutcome) => void;
  /** one line about failures, once in a while */
  onWarning: (line: string) => void;
  /** one story is written no more often */
  quietMs?: number;
  /** from one write to the next */
  paceMs?: number;
  now?: () => number;
}

export interface EventRecorder {
  /** Returns at once; what becomes of it is told by `became` and `grumble`. */
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
  /** how often it has failed since it was told */
  failures: number;
  /** told since it was written, or to be tried again */
  isDue: boolean;
}

export function createEventRecorder(input: EventRecorderInput): EventRecorder {
  const { api, onResult: became, quietMs = 10_000, paceMs = 200, now = Date.now } = input;
  /** the one told last is last */
  const stories = new Map<string, EventSeries>();
  const failed = createFailureLog(input);
  let isAwake = false;

  const write = async (story: EventSeries): Promise<void> => {
    story.isDue = false;
    story.writtenAt = now();
    try {
      if (story.name !== null && (await api.update(toStoredEvent(story, story.name))))
        return became("written");
      story.name = null;
      const name = generateEventName(story.event.about.name);
      await api.create(toStoredEvent(story, name));
      story.name = name;
      became("written");
    } catch (error) {
      story.failures += 1;
      if (story.failures < TRIES) story.isDue = true;
      became("failed");
      failed(story.event, error);
    }
  };

  const wake = async (): Promise<void> => {
    if (isAwake) return;
    isAwake = true;
    // after whoever is being answered
    await pause(0, undefined, { ref: false });
    for (
      let next = nextDue(stories, quietMs, now());
      next !== null;
      next = nextDue(stories, quietMs, now())
    ) {
      // looked at again soon: what is told meanwhile may be due at once
      if (next.inMs > 0) await pause(Math.min(next.inMs, paceMs), undefined, { ref: false });
      else await write(next.story).then(() => pause(paceMs, undefined, { ref: false }));
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
      const story = findLiveSeries(stories.get(key), at) ?? beginSeries(event, at);
      Object.assign(story, {
        event: truncateMessage(event),
        count: story.count + 1,
        last: at,
        failures: 0,
        isDue: true,
      });
      stories.delete(key);
      stories.set(key, story);
      const [oldest] = stories;
      if (stories.size > MOST && oldest !== undefined) {
        stories.delete(oldest[0]);
        if (oldest[1].isDue) became("dropped");
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

const findLiveSeries = (story: EventSeries | undefined, at: number): EventSeries | undefined =>
  story !== undefined && (story.isDue || at - story.last < SILENCE_MS) ? story : undefined;

interface DueSeries {
  story: EventSeries;
  /** zero or less: now */
  inMs: number;
}

/** The story that is to be written next; null where none is. */
function nextDue(stories: ReadonlyMap<string, EventSeries>, quietMs: number, at: number): DueSeries | null {
  let next: DueSeries | null = null;
  for (const story of stories.values()) {
    const inMs = story.writtenAt + quietMs - at;
    if (story.isDue && (next === null || inMs < next.inMs)) next = { story, inMs };
  }
  return next;
}

function toStoredEvent({ event, count, first, last }: EventSeries, name: string): StoredEvent {
  return { name, event, count, first: new Date(first), last: new Date(last) };
}

function truncateMessage(event: ClusterEvent): ClusterEvent {
  const { message } = event;
  return message.length > LONGEST ? { ...event, message: `${message.slice(0, LONGEST - 3)}...` } : event;
}

/** Says why an Event could not be written, and how many more could not since it said so last. */
function createFailureLog({
  onWarning: grumble,
  now = Date.now,
}: EventRecorderInput): (event: ClusterEvent, error: unknown) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return ({ reason, about }, error) => {
    if (now() - saidAt < GRUMBLE_MS) {
      unsaid += 1;
      return;
    }
    const more = unsaid === 0 ? "" : ` (and ${unsaid} more since the last such line)`;
    grumble(
      `Event ${reason} about ${about.kind} ${about.namespace}/${about.name} could not be written${more}: ${describeFailure(error)}`,
    );
    saidAt = now();
    unsaid = 0;
  };
}
