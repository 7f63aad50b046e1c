// Events, as `kubectl describe` shows them under the object that they are about (DESIGN: webhook/cluster). Core v1 and
// not events.k8s.io: that one takes no more than 1 KiB of words, and a denial with its commands may be longer.
import { CoreV1Api, type KubeConfig, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { FIELD_MANAGER, statusOf } from "./api.ts";
import { within } from "./within.ts";

/** The object that an Event stands under. Without its uid `kubectl get events` shows it, `describe` does not. */
export interface About {
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
  /** RCnnn: what is told again is the same story where reason, code and object are the same */
  readonly code: string;
  readonly message: string;
  readonly about: About;
}

/** An Event as it is stored: how often it was told, from when to when. */
export interface StoredEvent {
  readonly name: string;
  readonly event: ClusterEvent;
  readonly count: number;
  readonly first: Date;
  readonly last: Date;
}

/** Both reject where the API server refuses, or does not answer in time. */
export interface EventApi {
  create(stored: StoredEvent): Promise<void>;
  /** Writes the newest words, count and time over it; false: it is not there any more (they live an hour). */
  update(stored: StoredEvent): Promise<boolean>;
}

const PATIENCE_MS = 5_000;

/** @param instance which replica tells it: its pod's name */
export function eventApi(config: KubeConfig, instance: string): EventApi {
  const core = config.makeApiClient(CoreV1Api);
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
      const asked = { namespace, body, fieldManager: FIELD_MANAGER };
      await core.createNamespacedEvent(asked, within(PATIENCE_MS));
    },
    update: async (stored) => {
      const { name, event } = stored;
      const body = changing(stored);
      const asked = { namespace: event.about.namespace, name, body, fieldManager: FIELD_MANAGER };
      try {
        await core.patchNamespacedEvent(
          asked,
          setHeaderOptions("Content-Type", PatchStrategy.MergePatch, within(PATIENCE_MS)),
        );
        return true;
      } catch (error) {
        if (statusOf(error) === 404) return false;
        throw error;
      }
    },
  };
}

function changing({ event, count, last }: StoredEvent): {
  message: string;
  count: number;
  lastTimestamp: Date;
} {
  return { message: event.message, count, lastTimestamp: last };
}
