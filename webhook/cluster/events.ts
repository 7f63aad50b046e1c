// Events, which `kubectl describe` shows under the object that they are about. Core v1 instead of events.k8s.io, whose
// messages are limited to 1 KiB: a denial with its commands may be longer.

import type { ApiAccess } from "./access.ts";
import { FIELD_MANAGER } from "./api.ts";
import { createApiClient, toApiRefusal } from "./call.ts";

/** The object of an Event. Without a uid, `kubectl get events` lists the Event but `kubectl describe` does not. */
export interface InvolvedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string | null;
}

export interface ClusterEvent {
  readonly type: "Normal" | "Warning";
  /** one word in camel case, e.g. ChangeDenied */
  readonly reason: string;
  /** RCnnn. An Event with the same reason, code and object is a repetition */
  readonly code: string;
  readonly message: string;
  readonly about: InvolvedObject;
}

/** A stored Event, with its count and its first and last time. */
export interface StoredEvent {
  readonly name: string;
  readonly event: ClusterEvent;
  readonly count: number;
  readonly first: Date;
  readonly last: Date;
}

/** Both reject if the API server refuses, or does not answer in time. */
export interface EventApi {
  create(stored: StoredEvent): Promise<void>;
  /** Stores the newest message, count and time. @returns false if the Event is gone (Events live for an hour) */
  update(stored: StoredEvent): Promise<boolean>;
}

const PATIENCE_MS = 5_000;

/** Events are written one at a time. */
const MOST_CALLS = 1;

/** @param instance the reporting replica: its pod's name */
export function createEventApi(access: ApiAccess, instance: string): EventApi {
  const { call } = createApiClient(access, MOST_CALLS);
  const buildEventsPath = (namespace: string): string =>
    `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
  const deadline = (): AbortSignal => AbortSignal.timeout(PATIENCE_MS);
  return {
    create: async (stored) => {
      const { event, name, first } = stored;
      const { namespace, uid, ...object } = event.about;
      const body = {
        metadata: { name, namespace },
        involvedObject: { ...object, namespace, ...(uid === null ? {} : { uid }) },
        type: event.type,
        reason: event.reason,
        source: { component: FIELD_MANAGER },
        reportingComponent: FIELD_MANAGER,
        reportingInstance: instance,
        firstTimestamp: first,
        ...changing(stored),
      };
      const path = `${buildEventsPath(namespace)}?${MANAGER}`;
      const answer = await call({ method: "POST", path, body, deadline: deadline() });
      if (answer.status !== 200 && answer.status !== 201) throw toApiRefusal(answer);
    },
    update: async (stored) => {
      const { name, event } = stored;
      const path = `${buildEventsPath(event.about.namespace)}/${encodeURIComponent(name)}?${MANAGER}`;
      const contentType = "application/merge-patch+json";
      const asked = { method: "PATCH", path, body: changing(stored), contentType } as const;
      const answer = await call({ ...asked, deadline: deadline() });
      if (answer.status === 404) return false;
      if (answer.status !== 200) throw toApiRefusal(answer);
      return true;
    },
  };
}

const MANAGER = `fieldManager=${FIELD_MANAGER}`;

function changing({ event, count, last }: StoredEvent): {
  message: string;
  count: number;
  lastTimestamp: Date;
} {
  return { message: event.message, count, lastTimestamp: last };
}
