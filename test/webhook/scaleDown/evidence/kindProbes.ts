// How each kind of evidence is made good and bad: by objects of the API server, and what else it is read from.
import { RECORD_ANNOTATION, RECORD_SCHEMA, type WorkloadRecord } from "../../../../init/contract/record.ts";
import type { EvidenceKind, EvidenceValue } from "../../../../webhook/scaleDown/evidence.ts";
import type { ScaleDownReview } from "../../../../webhook/scaleDown/rule.ts";
import type { State } from "../../../init/contract/ring/standIn.mjs";
import { buildLivePod, buildWebCase, formatAddress, loadProfile } from "./cases.ts";
import type { ClusterStandIn } from "./clusterStandIn.ts";

/** What evidence is gathered from. */
export interface ProbeWorld {
  readonly cluster: ClusterStandIn;
  /** what the members of a ring answer */
  members: State;
  readonly memberPort: number;
}

/** Objects, and the answer that they must give. */
interface ProbeAnswer<A> {
  arrange(this: void, world: ProbeWorld): void;
  readonly answer: A;
}

export interface KindProbe<A> {
  review(this: void, world: ProbeWorld): ScaleDownReview;
  readonly good: ProbeAnswer<A>;
  /** arranged after `good`; `shows` says what is bad */
  readonly bad: ProbeAnswer<A> & { readonly shows: string };
  /**
   * Faults of a source that is not the API server, by what it does, arranged after `good`. Faults of the API server are
   * the same for all kinds (kinds.test.ts).
   */
  readonly faults?: Readonly<Record<string, (world: ProbeWorld) => void>>;
}

/** The time at which evidence is gathered. */
export const PROBE_TIME = new Date("2026-06-01T12:00:00Z");

const reviewScaleDown = (): ScaleDownReview => buildWebCase(loadProfile("leaving"), 2, 1);

const RING_LABELS = { app: "web", "rollcall.dev/profile": "ring" };

function buildRecord(fields: Partial<WorkloadRecord> = {}): WorkloadRecord {
  const empty = { drained: {}, intents: {}, tombstones: {} };
  return {
    schema: RECORD_SCHEMA,
    kind: "generic",
    profile: "leaving",
    base: 1,
    seq: 1,
    fence: 1,
    ...empty,
    ...fields,
  };
}

const DRAINED = { drained: { "web-1": { podUid: "uid-1", at: "2026-06-01T11:59:00Z" } } };

function putLease({ cluster }: ProbeWorld, name: string, rest: object): void {
  cluster.leases.remove("demo", name);
  cluster.leases.create("demo", { metadata: { name }, ...rest });
}

function putRecord(world: ProbeWorld, record: WorkloadRecord): void {
  const name = "rollcall-record-web";
  putLease(world, name, { metadata: { name, annotations: { [RECORD_ANNOTATION]: JSON.stringify(record) } } });
}

const putLock = (world: ProbeWorld, renewTime: string): void =>
  putLease(world, "rollcall-lock-web", {
    spec: { holderIdentity: "web-1/run", leaseDurationSeconds: 30, renewTime },
  });

function putService({ cluster }: ProbeWorld, publishNotReadyAddresses: boolean): void {
  const spec = { publishNotReadyAddresses };
  cluster.objects.set("/api/v1/namespaces/demo/services/web-svc", { kind: "Service", metadata: {}, spec });
}

function putNamespace({ cluster }: ProbeWorld, phase: string): void {
  cluster.objects.set("/api/v1/namespaces/demo", { kind: "Namespace", metadata: {}, status: { phase } });
}

const POD = {
  name: "web-1",
  ordinal: 1,
  uid: "uid-1",
  running: true,
  ip: formatAddress(1),
  serviceAccount: "web",
  leaves: true,
};

/** Three, so that one of them may be bad in a ring that is known. */
export const MEMBERS = ["web-0", "web-1", "web-2"];

/** What all members say. */
const sayAll = (world: ProbeWorld, says: NonNullable<State["says"]>[string]): void => {
  world.members = { ...world.members, says: Object.fromEntries(MEMBERS.map((id) => [id, says])) };
};

export const KIND_PROBES: { readonly [K in EvidenceKind]: KindProbe<EvidenceValue<K>> } = {
  record: {
    review: reviewScaleDown,
    good: { arrange: (world) => putRecord(world, buildRecord(DRAINED)), answer: buildRecord(DRAINED) },
    bad: {
      shows: "a record in which no pod has drained",
      arrange: (world) => putRecord(world, buildRecord()),
      answer: buildRecord(),
    },
  },
  lock: {
    review: reviewScaleDown,
    good: { arrange: (world) => putLock(world, "2026-06-01T11:00:00.000000Z"), answer: null },
    bad: {
      shows: "a lock that is held",
      arrange: (world) => putLock(world, "2026-06-01T11:59:59.000000Z"),
      answer: "web-1/run",
    },
  },
  pods: {
    review: reviewScaleDown,
    good: {
      arrange: ({ cluster }) => {
        cluster.pods = [buildLivePod(1, { account: "web" })];
      },
      answer: [POD],
    },
    bad: {
      shows: "a pod that does not run",
      arrange: ({ cluster }) => {
        cluster.pods = [buildLivePod(1, { account: "web", running: [] })];
      },
      answer: [{ ...POD, running: false }],
    },
  },
  ring: {
    review: ({ memberPort }) => buildWebCase(loadProfile("ring", memberPort), 3, 2),
    good: {
      arrange: (world) => {
        world.cluster.pods = MEMBERS.map((_, ordinal) => buildLivePod(ordinal, { labels: RING_LABELS }));
        putRecord(world, buildRecord({ ring: { clusterID: null, seed: null, members: MEMBERS } }));
      },
      answer: { leader: "web-0", term: 7, members: MEMBERS.map((id) => ({ id, healthy: true })) },
    },
    bad: {
      shows: "a member that does not answer",
      arrange: (world) => {
        world.members = { ...world.members, says: { "web-1": "error" } };
      },
      answer: {
        leader: "web-0",
        term: 7,
        members: [
          { id: "web-0", healthy: true },
          { id: "web-1", healthy: false, why: "it answers HTTP 503" },
          { id: "web-2", healthy: true },
        ],
      },
    },
    faults: {
      "the members fail": (world) => sayAll(world, "error"),
      "the members time out": (world) => sayAll(world, "silent"),
      "the members answer nonsense": (world) => sayAll(world, "garbage"),
      "the members contradict each other": (world) => {
        const alone = { role: "LEADER", leader: "web-0", members: ["web-0"] } as const;
        world.members = { ...world.members, says: { "web-0": alone } };
      },
    },
  },
  rights: {
    review: reviewScaleDown,
    good: {
      arrange: ({ cluster }) => {
        cluster.pods = [buildLivePod(1)];
      },
      answer: { lacking: null },
    },
    bad: {
      shows: "a missing permission",
      arrange: ({ cluster }) => void cluster.forbidden.add("update leases"),
      answer: { lacking: "update leases" },
    },
  },
  service: {
    review: reviewScaleDown,
    good: { arrange: (world) => putService(world, true), answer: { publishesNotReady: true } },
    bad: {
      shows: "a Service that hides members that are not ready",
      arrange: (world) => putService(world, false),
      answer: { publishesNotReady: false },
    },
  },
  namespace: {
    review: reviewScaleDown,
    // only the deletion of a namespace excuses that of its StatefulSets, so one that is live denies
    good: { arrange: (world) => putNamespace(world, "Terminating"), answer: { terminating: true } },
    bad: {
      shows: "a namespace that is not being deleted",
      arrange: (world) => putNamespace(world, "Active"),
      answer: { terminating: false },
    },
  },
};
