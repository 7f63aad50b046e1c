import { drain, leave } from "../../../init/engine/leave/leave.ts";
import {
  afterLock,
  at,
  deadHolder,
  ends,
  going,
  hasTombstone,
  LOCK,
  leaving,
  managed,
  no,
  RECORD,
  record,
  recordText,
  refusedFrom,
  type Situation,
  shape,
} from "./situation.ts";

export const LEAVING: readonly Situation[] = [
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
    name: "a ring's member is not drained",
    shape: shape("p", "pvc"),
    plan: { ...managed, ring: { name: "omservice" } },
    work: going(drain),
    ends: "leave-failed",
    holds: hasTombstone(false),
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
    name: "the set is asked at leave and never answers",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    always: no("hang", (_, what) => what === "GET web"),
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
    name: "the set may not be read any more when it is its turn to leave",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    always: refusedFrom(1, "GET web"),
    isPlain: true,
    ends: "leave-failed",
    holds: hasTombstone(false),
  },
  {
    name: "nothing to leave under allow",
    shape: shape("p", "pvc"),
    work: going(leave),
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "nothing to drain under allow",
    shape: shape("p", "pvc"),
    work: going(drain),
    ends: "invalid-plan",
  },
  {
    name: "drains",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(drain),
    ends: "done",
    holds: (place) => (/\\"drained\\":\{\\"web-0\\"/.test(recordText(place)) ? null : "it is not drained"),
  },
  {
    name: "back, and the lock is held by a dead pod",
    shape: shape("p", "pvc"),
    plan: managed,
    prepare: ({ api }) => {
      api.put(RECORD, record({ tombstones: { "web-0": { at, finished: true } } }));
      api.put(LOCK, deadHolder);
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "back, and the record may not be changed",
    shape: shape("p", "pvc"),
    plan: managed,
    prepare: ({ api }) => api.put(RECORD, record({ tombstones: { "web-0": { at, finished: true } } })),
    always: no("refused", (_, what) => what === `PUT ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "back, and another takes the lock over",
    shape: shape("p", "pvc"),
    plan: managed,
    isPlain: true,
    prepare: ({ api }) => api.put(RECORD, record({ tombstones: { "web-0": { at, finished: true } } })),
    always: afterLock(({ api }) => api.put(RECORD, record({ fence: 99 }))),
    ends: "record-unusable",
  },
  {
    name: "back, and the record goes away",
    shape: shape("p", "pvc"),
    plan: managed,
    prepare: ({ api }) => api.put(RECORD, record({ tombstones: { "web-0": { at, finished: true } } })),
    always: refusedFrom(1, `GET ${RECORD}`),
    isPlain: true,
    ends: "record-unusable",
  },
  { name: "managed without steps", shape: shape("", "pvc"), plan: managed, ends: "done" },
  {
    name: "leaves without a command",
    shape: shape("p", "pvc"),
    plan: managed,
    work: going(leave),
    prepare: ({ api, app }) => {
      api.set.start = 1;
      app.done.add("web-0/leave");
    },
    ends: "done",
    holds: hasTombstone(true),
  },
  {
    name: "no start given",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    prepare: ({ api }) => {
      api.set.start = undefined;
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the lock is taken over while it leaves",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    isPlain: true,
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    later: {
      at: 5_000,
      change: ({ api }) =>
        api.put(LOCK, { spec: { holderIdentity: "other/x", leaseDurationSeconds: 30, leaseTransitions: 9 } }),
    },
    ends: "leave-failed",
    holds: hasTombstone(false),
  },
  {
    name: "a later holder has written while it leaves",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    isPlain: true,
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    later: { at: 5_000, change: ({ api }) => api.put(RECORD, record({ fence: 99 })) },
    ends: "leave-failed",
    holds: hasTombstone(false),
  },
  {
    name: "the record goes away while it leaves",
    shape: shape("p", "pvc"),
    plan: leaving,
    work: going(leave),
    isPlain: true,
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    always: refusedFrom(2, `GET ${RECORD}`),
    ends: "record-unusable",
    holds: hasTombstone(false),
  },
];
