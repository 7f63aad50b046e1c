// Gathers the evidence of the guard's rules, all kinds at the same time and within the deadline of the request. Nothing
// is cached between requests. What cannot be read is unknown, with the reason (I6 in docs/architecture.md).

import { lockLease, recordLease } from "../../../init/contract/record.ts";
import { withDeadline } from "../../../init/contract/withDeadline.ts";
import {
  EVIDENCE_KINDS,
  type Evidence,
  type EvidenceKind,
  type KnownOrUnknown,
  type LivePod,
  NOT_ASKED,
  type UnknownReason,
} from "../evidence.ts";
import { explainUnlistedPods } from "../messages.ts";
import type { GuardPorts } from "../reviewScaleDown.ts";
import { getTargetSet, type ScaleDownReview } from "../rule.ts";
import { checkRights } from "./checkRights.ts";
import type { KubeApi } from "./kubeApi.ts";
import { findLockHolder, parseLease, recordIn } from "./leases.ts";
import { readLivePod } from "./readLivePod.ts";
import { gatherRing } from "./ring.ts";
import { readNamespace, readService } from "./shapes.ts";
import { toUnknownReason } from "./unknownReason.ts";

export interface EvidenceDeps {
  readonly asks: KubeApi;
  readonly now: () => Date;
  /** milliseconds for each member of a ring @default 2 s */
  readonly memberMs?: number;
}

/** What is said of a kind that was not gathered before the deadline. */
export const explainLate = (kind: EvidenceKind): UnknownReason =>
  unknown(
    kind === "ring"
      ? "the API server or the members gave no complete answer in time"
      : "the API server gave no answer in time",
  );

/** The port through which the guard gathers evidence. */
export function createGatherer(given: EvidenceDeps): GuardPorts["gather"] {
  return async (review, kinds, deadline) => {
    const all = askers(review, given, deadline);
    const found = await Promise.all(
      EVIDENCE_KINDS.map(async (kind) => [
        kind,
        kinds.has(kind)
          ? // an answer before the API server times out, whatever the port does
            await withDeadline<KnownOrUnknown<unknown>>(all[kind](), deadline, () => explainLate(kind))
          : NOT_ASKED,
      ]),
    );
    return Object.fromEntries(found) as Evidence;
  };
}

function askers(
  review: ScaleDownReview,
  { asks, now, memberMs }: EvidenceDeps,
  deadline: AbortSignal,
): { readonly [K in EvidenceKind]: () => Promise<Evidence[K]> } {
  const { namespace, name, set } = getTargetSet(review);
  const pods = once(() => attempt(() => askPods(asks, review, deadline)));
  const record = once(() =>
    attempt(async () => {
      const found = await asks.lease({ namespace, name: recordLease(name) }, deadline);
      return found === null ? null : recordIn(parseLease(found));
    }),
  );
  return {
    record,
    lock: async () => {
      if (review.profile.work?.lock.store === "s3")
        return {
          unknown: "it is kept in S3, which the webhook does not read",
          remedy: "Have a cluster admin set the profile's lock to Lease.",
        };
      return attempt(async () => {
        const found = await asks.lease({ namespace, name: lockLease(name) }, deadline);
        return found === null ? null : findLockHolder(parseLease(found), now());
      });
    },
    pods,
    ring: async () => {
      if (review.ring === null) return unknown("these pods do not form a ring");
      const recorded = record();
      const live = await pods();
      if ("unknown" in live) return unknown(explainUnlistedPods(live.unknown));
      return gatherRing({
        set: name,
        namespace,
        serviceName: set.spec.serviceName ?? "",
        pods: live.known,
        ring: review.ring,
        record: recorded,
        deadline,
        ...(memberMs === undefined ? {} : { limitMs: memberMs }),
      });
    },
    rights: async () => {
      const live = await pods();
      if ("unknown" in live) return unknown(explainUnlistedPods(live.unknown));
      const accounts = [...new Set(live.known.map(({ serviceAccount }) => serviceAccount))];
      return attempt(() => checkRights(asks, { namespace, set: name, accounts, deadline }));
    },
    service: () =>
      attempt(async () => {
        const { serviceName } = set.spec;
        if (!serviceName) return null;
        return readService(await asks.service({ namespace, name: serviceName }, deadline));
      }),
    namespace: () => attempt(async () => readNamespace(await asks.namespace(namespace, deadline))),
  };
}

/**
 * Selects by the StatefulSet's own selector, which cannot change, so that pods from before the label are seen as well.
 * A recreated StatefulSet may have another selector than the earlier one, so all pods of the namespace are read.
 */
async function askPods(asks: KubeApi, review: ScaleDownReview, deadline: AbortSignal): Promise<LivePod[]> {
  const { namespace, name, set } = getTargetSet(review);
  const labels = review.change.operation === "CREATE" ? {} : (set.spec.selector?.matchLabels ?? {});
  const [container] = review.profile.containers;
  const keep = (item: unknown): LivePod[] => readLivePod(item, name, container);
  return (await asks.pods({ namespace, labels }, keep, deadline)).toSorted((a, b) => a.ordinal - b.ordinal);
}

async function attempt<T>(ask: () => Promise<T>): Promise<KnownOrUnknown<T>> {
  try {
    return { known: await ask() };
  } catch (error) {
    return toUnknownReason(error);
  }
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}

const unknown = (why: string): UnknownReason => ({ unknown: why });
