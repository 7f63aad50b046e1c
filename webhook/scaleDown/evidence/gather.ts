// Gathers the evidence of the guard's rules, all kinds at the same time and within the deadline of the request. Nothing
// is cached between requests. What cannot be read is unknown, with the reason (I6 in docs/architecture.md).
import { withDeadline } from "../../../init/contract/deadline.ts";
import { lockLease, recordLease } from "../../../init/contract/record.ts";
import {
  EVIDENCE_KINDS,
  type Evidence,
  type EvidenceKind,
  type Known,
  type LivePod,
  NOT_ASKED,
} from "../evidence.ts";
import { explainUnlistedPods } from "../messages.ts";
import type { GuardPorts } from "../reviewScaleDown.ts";
import { type Case, subjectOf } from "../rule.ts";
import type { Asks } from "./kubeApi.ts";
import { asLease, holderIn, recordIn } from "./leases.ts";
import { readPod } from "./pods.ts";
import { askRights } from "./rights.ts";
import { askRing } from "./ring.ts";
import { readNamespace, readService } from "./shapes.ts";

export interface Given {
  readonly asks: Asks;
  readonly now: () => Date;
  /** milliseconds for each member of a ring @default 2 s */
  readonly memberMs?: number;
}

/** The port through which the guard gathers evidence. */
export function gatherer(given: Given): GuardPorts["gather"] {
  // an answer before the API server times out, whatever the port does
  const late = (): Known<unknown> => unknown("no answer in time");
  return async (asked, kinds, deadline) => {
    const all = askers(asked, given, deadline);
    const found = await Promise.all(
      EVIDENCE_KINDS.map(async (kind) => [
        kind,
        kinds.has(kind) ? await withDeadline<Known<unknown>>(all[kind](), deadline, late) : NOT_ASKED,
      ]),
    );
    return Object.fromEntries(found) as Evidence;
  };
}

function askers(
  asked: Case,
  { asks, now, memberMs }: Given,
  deadline: AbortSignal,
): { readonly [K in EvidenceKind]: () => Promise<Evidence[K]> } {
  const { namespace, name, set } = subjectOf(asked);
  const pods = once(() => attempt(() => askPods(asks, asked, deadline)));
  const record = once(() =>
    attempt(async () => {
      const found = await asks.lease({ namespace, name: recordLease(name) }, deadline);
      return found === null ? null : recordIn(asLease(found));
    }),
  );
  return {
    record,
    lock: async () => {
      if (asked.profile.work?.lock.store === "s3")
        return unknown("it is kept in S3, which the webhook does not read");
      return attempt(async () => {
        const found = await asks.lease({ namespace, name: lockLease(name) }, deadline);
        return found === null ? null : holderIn(asLease(found), now());
      });
    },
    pods,
    ring: async () => {
      if (asked.ring === null) return unknown("these pods do not form a ring");
      const recorded = record();
      const live = await pods();
      if ("unknown" in live) return unknown(explainUnlistedPods(live.unknown));
      return askRing({
        set: name,
        pods: live.known,
        ring: asked.ring,
        record: recorded,
        deadline,
        ...(memberMs === undefined ? {} : { limitMs: memberMs }),
      });
    },
    rights: async () => {
      const live = await pods();
      if ("unknown" in live) return unknown(explainUnlistedPods(live.unknown));
      const accounts = [...new Set(live.known.map(({ serviceAccount }) => serviceAccount))];
      return attempt(() => askRights(asks, { namespace, set: name, accounts, deadline }));
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
async function askPods(asks: Asks, asked: Case, deadline: AbortSignal): Promise<LivePod[]> {
  const { namespace, name, set } = subjectOf(asked);
  const labels = asked.change.operation === "CREATE" ? {} : (set.spec.selector?.matchLabels ?? {});
  const [container] = asked.profile.containers;
  const keep = (item: unknown): LivePod[] => readPod(item, name, container);
  return (await asks.pods({ namespace, labels }, keep, deadline)).toSorted((a, b) => a.ordinal - b.ordinal);
}

async function attempt<T>(ask: () => Promise<T>): Promise<Known<T>> {
  try {
    return { known: await ask() };
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error));
  }
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}

const unknown = (why: string): { readonly unknown: string } => ({ unknown: why });
