// States of the world in which a runner may find itself, and how its run must end in each: also when a call fails or
// the power is cut on the way there. A situation is one entry; adding one is adding an entry.
import type { Plan } from "../../init/contract/plan.ts";
import { lockLease, RECORD_ANNOTATION, recordLease } from "../../init/contract/record.ts";
import { drain, leave } from "../../init/engine/leave/leave.ts";
import type { World } from "../../init/engine/ports.ts";
import type { Outcome } from "../../init/engine/run.ts";
import type { Place } from "./place.ts";
import type { Always } from "./pod.ts";
import { ROOT, type Shape } from "./shapes.ts";

export interface Situation {
  name: string;
  shape: Shape;
  plan?: Partial<Plan>;
  work?: (plan: Plan, world: World) => Promise<Outcome>;
  /** all steps were done by an earlier run before anything else */
  isDoneBefore?: boolean;
  prepare?: (place: Place) => void;
  always?: (kind: string, what: string) => Always | null;
  /** what changes while the runner runs, at this time in ms */
  later?: { at: number; change: (place: Place) => void };
  /** only as it is: a fault in it leads elsewhere, too */
  isPlain?: boolean;
  /** the failure's name, or done */
  ends: string;
  /** more that must hold at the end */
  holds?: (place: Place) => string | null;
}

const shape = (steps: string, store: Shape["store"], lock: Shape["lock"] = "lease"): Shape => ({
  steps,
  store,
  lock,
});

const RECORD = recordLease("web");
const LOCK = lockLease("web");

const record = (changes: object): { annotations: object } => ({
  annotations: {
    [RECORD_ANNOTATION]: JSON.stringify({
      schema: 1,
      kind: "generic",
      profile: "demo",
      base: 1,
      seq: 3,
      fence: 5,
      ...changes,
    }),
  },
});
const recordText = ({ api }: Place): string => JSON.stringify(api.lease(RECORD) ?? null);
const forget = (place: Place, key: string): void => {
  place.app.undo(key);
};
const at = "2026-01-01T00:00:00.000Z";
const managed = { drop: "managed", api: { folder: "/token" } } as const;
const leaving = {
  ...managed,
  leave: { run: ["run", "pod", "leave"], verify: ["verify", "pod", "leave"], timeoutSeconds: 30 },
};

/** leave and drain as a run's outcome. */
const going =
  (what: typeof leave) =>
  async (plan: Plan, world: World): Promise<Outcome> => {
    const left = await what(plan, world);
    world.log(JSON.stringify(left));
    const story = { pod: plan.identity.pod, nodeId: plan.identity.nodeId, steps: [], lastLines: [] };
    return { failure: left.is === "failed" ? left.failure : null, story };
  };
const hasTombstone =
  (wanted: boolean) =>
  (place: Place): string | null => {
    const has = /\\"tombstones\\":\{\\"web-0\\"/.test(recordText(place));
    const hasLeft = place.app.done.has("web-0/leave");
    if (has && !hasLeft) return "a tombstone without a leave that holds";
    return has === wanted ? null : `the tombstone is ${has ? "there" : "missing"}`;
  };
const ends = (end: Always) => (kind: string, what: string) =>
  kind === "child" && what.startsWith("run ") ? end : null;
const no =
  (answer: "refused" | "down", wanted: (kind: string, what: string) => boolean) =>
  (kind: string, what: string) =>
    wanted(kind, what) ? answer : null;

export const SITUATIONS: readonly Situation[] = [
  // what steps do
  {
    name: "a pod step was undone",
    shape: shape("p", "pvc"),
    isDoneBefore: true,
    prepare: (place) => forget(place, "web-0/s0"),
    ends: "done",
  },
  {
    name: "a doubtful step was undone",
    shape: shape("p", "both"),
    isDoneBefore: true,
    prepare: (place) => {
      forget(place, "web-0/s0");
      place.disk.replace(ROOT);
    },
    ends: "done",
  },
  {
    name: "a release step was undone",
    shape: shape("rr", "pvc"),
    isDoneBefore: true,
    prepare: (place) => forget(place, "image:1/s1"),
    ends: "done",
  },
  {
    name: "run fails",
    shape: shape("p", "pvc"),
    always: ends({ is: "exited", code: 7 }),
    ends: "step-failed",
  },
  {
    name: "run of a release step fails",
    shape: shape("r", "pvc"),
    always: ends({ is: "exited", code: 7 }),
    ends: "step-failed",
  },
  {
    name: "run succeeds and does nothing",
    shape: shape("p", "pvc"),
    always: ends({ is: "exited", code: 0 }),
    ends: "step-unproven",
  },
  {
    name: "run is killed",
    shape: shape("p", "pvc"),
    always: ends({ is: "signaled", signal: "SIGKILL" }),
    ends: "step-failed",
  },
  {
    name: "run is not there",
    shape: shape("p", "pvc"),
    always: ends({ is: "not-started", why: "ENOENT" }),
    ends: "step-not-started",
  },
  {
    name: "run lies about a failure",
    shape: shape("p", "pvc"),
    prepare: (place) => place.app.done.add("web-0/s0"),
    always: ends({ is: "exited", code: 3 }),
    ends: "done",
  },
  {
    name: "run times out",
    shape: shape("p", "pvc"),
    always: ends({ is: "timed-out", forced: false }),
    ends: "step-timed-out",
  },
  // revisions
  {
    name: "an older pod, its step undone",
    shape: shape("r", "pvc"),
    plan: { revision: "web-0" },
    ends: "gave-up-waiting",
  },
  {
    name: "an older pod whose step holds",
    shape: shape("r", "pvc"),
    plan: { revision: "web-0" },
    prepare: (place) => {
      place.app.done.add("image:1/s0");
      place.api.put(RECORD, record({ release: { id: "image:2#x", at, pod: "web-1", fence: 5 } }));
    },
    ends: "done",
    holds: (place) => (recordText(place).includes("image:2#x") ? null : "an older pod changed the record"),
  },
  {
    name: "an older pod, then rolled back",
    shape: shape("r", "pvc"),
    plan: { revision: "web-0" },
    later: {
      at: 30_000,
      change: ({ api }) => {
        api.set.updateRevision = "web-0";
      },
    },
    ends: "done",
  },
  {
    name: "the controller is behind",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => {
      api.set.observedGeneration = 0;
    },
    later: {
      at: 20_000,
      change: ({ api }) => {
        api.set.observedGeneration = 1;
      },
    },
    ends: "done",
  },
  {
    name: "the controller has never looked",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => {
      api.setAnswer = { status: 200, body: { metadata: {} } };
    },
    ends: "gave-up-waiting",
  },
  { name: "no revision", shape: shape("r", "pvc"), plan: { revision: null }, ends: "done" },
  {
    name: "the StatefulSet may not be read",
    shape: shape("r", "pvc"),
    always: no("refused", (_, what) => what === "GET web"),
    ends: "record-unusable",
  },
  {
    name: "the StatefulSet is gone",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => {
      api.setAnswer = { status: 404, body: "no JSON" };
    },
    ends: "record-unusable",
  },
  {
    name: "no StatefulSet comes",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => {
      api.setAnswer = { status: 200, body: "<html>" };
    },
    ends: "record-unusable",
  },
  // locks
  {
    name: "a lock of garbage",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => api.put(LOCK, { spec: { leaseTransitions: -1 } }),
    ends: "lock-unusable",
  },
  {
    name: "a lock without a spec",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => api.put(LOCK, {}),
    ends: "done",
  },
  {
    name: "a lock that a person made",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => api.put(LOCK, { spec: { holderIdentity: "me" } }),
    ends: "done",
  },
  {
    name: "a lock in S3 of garbage",
    shape: shape("r", "s3", "s3"),
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/lock.json", "{", "any");
    },
    ends: "lock-unusable",
  },
  {
    name: "a lock in S3 of another shape",
    shape: shape("r", "s3", "s3"),
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/lock.json", "{}", "any");
    },
    ends: "lock-unusable",
  },
  {
    name: "a lock whose holder lives on",
    shape: shape("r", "pvc"),
    prepare: (place) => {
      holdForever(place);
    },
    ends: "gave-up-waiting",
  },
  {
    name: "a lock that may not be taken",
    shape: shape("r", "pvc"),
    always: no("refused", (kind, what) => kind === "api-write" && !what.includes("record")),
    ends: "lock-unusable",
  },
  {
    name: "a lock that may not be read",
    shape: shape("r", "pvc"),
    always: no("refused", (_, what) => what === `GET ${LOCK}`),
    ends: "lock-unusable",
  },
  {
    name: "S3 without If-None-Match",
    shape: shape("r", "s3", "s3"),
    prepare: ({ bucket }) => {
      bucket.ignores = "absent";
    },
    ends: "lock-unsafe",
  },
  {
    name: "S3 without If-Match",
    shape: shape("r", "s3", "s3"),
    prepare: ({ bucket }) => {
      bucket.ignores = "etag";
    },
    ends: "lock-unsafe",
  },
  {
    name: "markers on S3 without conditions",
    shape: shape("pr", "s3"),
    prepare: ({ bucket }) => {
      bucket.ignores = "both";
    },
    ends: "done",
  },
  {
    name: "S3 is away for the probe",
    shape: shape("r", "pvc", "s3"),
    always: no("down", (kind) => kind === "put"),
    ends: "lock-unusable",
  },
  {
    name: "S3 refuses the probe",
    shape: shape("r", "pvc", "s3"),
    always: no("refused", (kind) => kind === "put"),
    ends: "lock-unusable",
  },
  // the record
  {
    name: "a record without its annotation",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, {}),
    ends: "record-unusable",
  },
  {
    name: "a record of garbage",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, { annotations: { [RECORD_ANNOTATION]: "{s3cr3t-sentinel" } }),
    ends: "record-unusable",
    holds: keepsGarbage,
  },
  {
    name: "a record of a later Rollcall",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, record({ schema: 9, of: "s3cr3t-sentinel" })),
    ends: "record-unusable",
  },
  {
    name: "a record of another kind",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, record({ kind: "otobo" })),
    ends: "record-unusable",
  },
  {
    name: "a record that may not be read",
    shape: shape("r", "pvc"),
    always: no("refused", (_, what) => what === `GET ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "a record that may not be written",
    shape: shape("r", "pvc"),
    always: no("refused", (_, what) => what === `PUT ${RECORD}` || what === "POST leases"),
    ends: "lock-unusable",
  },
  {
    name: "a record that may not be changed",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, record({})),
    always: no("refused", (_, what) => what === `PUT ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "the API server is away",
    shape: shape("r", "pvc"),
    always: no("down", (kind) => kind.startsWith("api")),
    ends: "record-unusable",
  },
  {
    name: "a later fencing number",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, record({ fence: 50 })),
    ends: "done",
  },
  {
    name: "the record's Lease was deleted",
    shape: shape("r", "s3"),
    isDoneBefore: true,
    prepare: ({ api }) => api.removeLease(RECORD),
    ends: "done",
    holds: ({ app }) => (app.runs.length === 1 ? null : "the release was done again"),
  },
  {
    name: "a mirror of garbage",
    shape: shape("r", "s3"),
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/record.json", "s3cr3t-sentinel", "any");
    },
    ends: "record-unusable",
  },
  {
    name: "a mirror that cannot be written",
    shape: shape("r", "pvc", "s3"),
    always: no("refused", (kind, what) => kind === "put" && what.endsWith("record.json")),
    ends: "done",
  },
  // markers
  {
    name: "another pod's marker",
    shape: shape("p", "pvc"),
    isDoneBefore: true,
    plan: {
      identity: {
        namespace: "demo",
        workload: "web",
        pod: "web-0",
        nodeId: "9",
        kind: "generic",
        profile: "demo",
      },
    },
    ends: "marker-foreign",
  },
  {
    name: "a marker of a later Rollcall",
    shape: shape("p", "s3"),
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/web-0.json", '{"schema":7,"of":"s3cr3t-sentinel"}', "any");
    },
    ends: "marker-future",
  },
  {
    name: "a bucket that refuses",
    shape: shape("p", "s3"),
    always: no("refused", (kind) => kind === "put"),
    ends: "marker-bucket-unusable",
  },
  {
    name: "a bucket that cannot be read",
    shape: shape("p", "s3"),
    always: no("refused", (kind) => kind === "get"),
    ends: "marker-bucket-unusable",
  },
  {
    name: "a bucket that takes trials only",
    shape: shape("p", "s3"),
    always: no("refused", (kind, what) => kind === "put" && what.endsWith("web-0.json")),
    ends: "marker-bucket-unusable",
  },
  {
    name: "a bucket that is away for markers",
    shape: shape("p", "s3"),
    always: no("down", (kind, what) => kind === "put" && what.endsWith("web-0.json")),
    ends: "marker-bucket-unusable",
  },
  {
    name: "a read-only volume",
    shape: shape("p", "pvc"),
    always: no("refused", (kind) => kind === "write"),
    ends: "marker-volume-unusable",
  },
  {
    name: "a volume that cannot be read",
    shape: shape("p", "pvc"),
    always: no("refused", (kind) => kind === "read"),
    ends: "marker-volume-unusable",
  },
  {
    name: "torn, and cannot be kept in S3",
    shape: shape("p", "s3"),
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/web-0.json", "{s3cr3t-sentinel", "any");
    },
    always: no("refused", (kind, what) => kind === "put" && what.includes(".torn.")),
    ends: "marker-bucket-unusable",
  },
  {
    name: "torn, and cannot be renamed",
    shape: shape("p", "pvc"),
    prepare: ({ disk }) => {
      disk.makeFolder(`${ROOT}/.rollcall`);
      disk.write(`${ROOT}/.rollcall/web-0.json`, "{s3cr3t-sentinel");
      disk.syncFolder(`${ROOT}/.rollcall`);
      disk.syncFolder(ROOT);
    },
    always: no("refused", (kind, what) => kind === "folder" && what.includes(".torn.")),
    ends: "marker-volume-unusable",
  },
  {
    name: "another runner of the pod writes",
    isPlain: true,
    shape: shape("p", "s3"),
    later: {
      at: 5_000,
      change: ({ bucket }) => {
        bucket.put("p/demo/web/web-0.json", "{s3cr3t-sentinel", "any");
      },
    },
    ends: "marker-bucket-unusable",
  },
  // coming back, and going
  {
    name: "back after a leave",
    shape: shape("pr", "pvc"),
    isDoneBefore: true,
    plan: managed,
    prepare: ({ api }) =>
      api.put(
        RECORD,
        record({
          tombstones: { "web-0": { at, finished: true } },
          drained: { "web-0": { podUid: "old", at }, "web-1": { podUid: "u", at } },
        }),
      ),
    ends: "done",
    holds: (place) =>
      /\\"tombstones\\":\{\}/.test(recordText(place)) && recordText(place).includes("web-1")
        ? null
        : "the tombstone is still there",
  },
  {
    name: "drained, and only its container restarts",
    shape: shape("p", "pvc"),
    plan: managed,
    prepare: ({ api }) => api.put(RECORD, record({ drained: { "web-0": { podUid: "uid-0", at } } })),
    ends: "done",
    holds: (place) => (recordText(place).includes("uid-0") ? null : "it is drained no more"),
  },
  { name: "managed, nothing to come back from", shape: shape("p", "pvc"), plan: managed, ends: "done" },
  {
    name: "managed, the record is away",
    shape: shape("p", "pvc"),
    plan: managed,
    always: no("refused", (kind) => kind.startsWith("api")),
    ends: "record-unusable",
  },
  {
    name: "leaves",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    ends: "done",
    holds: hasTombstone(true),
  },
  {
    name: "has left before",
    shape: shape("p", "pvc"),
    plan: managed,
    work: going(leave),
    prepare: ({ api, app }) => {
      api.set.start = 1;
      app.done.add("web-0/leave");
      api.put(RECORD, record({ tombstones: { "web-0": { at, finished: true, podUid: "uid-0" } } }));
    },
    ends: "done",
    holds: hasTombstone(true),
  },
  {
    name: "restarts and does not leave",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "all stopped: nobody leaves",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    prepare: ({ api }) => {
      api.set.replicas = 0;
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "no replicas given: one",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    prepare: ({ api }) => {
      api.set.replicas = undefined;
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the set is deleted",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
      api.set.deleted = true;
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the namespace is deleted",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
      api.namespacePhase = "Terminating";
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the set may not be read at leave",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    always: no("refused", (_, what) => what === "GET web"),
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the set cannot be asked at leave",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    always: no("down", (_, what) => what === "GET web"),
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the namespace may not be read at leave",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    always: no("refused", (_, what) => what === "GET demo"),
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the namespace cannot be asked at leave",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    always: no("down", (_, what) => what === "GET demo"),
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "no StatefulSet comes at leave",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    prepare: ({ api }) => {
      api.setAnswer = { status: 200, body: 1 };
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the leave fails",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    always: ends({ is: "exited", code: 1 }),
    ends: "step-failed",
    holds: hasTombstone(false),
  },
  {
    name: "the record is away at leave",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    always: no("refused", (_, what) => what === `GET ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "the record may not be written at leave",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
      api.put(RECORD, record({}));
    },
    always: no("refused", (_, what) => what === `PUT ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "wanted again while it waits to leave",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    prepare: (place) => {
      place.api.set.start = 1;
      place.api.put(LOCK, {
        spec: { holderIdentity: "other/x", leaseDurationSeconds: 30, leaseTransitions: 3 },
      });
    },
    later: {
      at: 10_000,
      change: ({ api }) => {
        api.set.start = 0;
      },
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "nothing to leave under allow",
    shape: shape("p", "pvc"),
    work: going(leave),
    ends: "done",
    holds: hasTombstone(false),
  },
  { name: "nothing to drain under allow", shape: shape("p", "pvc"), work: going(drain), ends: "bad-plan" },
  {
    name: "drains",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(drain),
    ends: "done",
    holds: (place) => (/\\"drained\\":\{\\"web-0\\"/.test(recordText(place)) ? null : "it is not drained"),
  },
];

function keepsGarbage(place: Place): string | null {
  return recordText(place).includes("{s3cr3t-sentinel") ? null : "the record was overwritten";
}

/** Somebody renews the lock for longer than anybody waits. */
function holdForever({ api, scheduler }: Place): void {
  const clockwork = { name: "holder", dead: false, frozen: false };
  const renew = (times: number): void => {
    api.put(LOCK, {
      spec: { holderIdentity: "other/run", leaseDurationSeconds: 30, leaseTransitions: 1, renewTime: at },
    });
    if (times > 0) void scheduler.at(clockwork, 10_000).then(() => renew(times - 1));
  };
  renew(10_000);
}
