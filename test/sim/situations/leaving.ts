import type { LeaveKind } from "../../../init/engine/failure.ts";
import { drain, leave } from "../../../init/engine/leave/leave.ts";
import {
  answerWhen,
  at,
  deadHolder,
  defineShape,
  ends,
  hasTombstone,
  holdForever,
  LOCK,
  leaving,
  managed,
  RECORD,
  recordText,
  refuseFrom,
  runAfterLock,
  runDeparture,
  type Situation,
  writeSimRecord,
} from "./situation.ts";

/** What to do after a timeout depends on the command: only init containers are restarted. */
const timesOutDuring =
  (during: LeaveKind, work: NonNullable<Situation["work"]>): NonNullable<Situation["work"]> =>
  async (plan, world) => {
    const outcome = await work(plan, world);
    const { failure } = outcome;
    if (failure?.name === "wait-timed-out" && failure.during !== during)
      throw new Error(`it timed out during ${failure.during}, not ${during}`);
    return outcome;
  };

export const LEAVING: readonly Situation[] = [
  {
    name: "back after a leave",
    shape: defineShape("pr", "pvc"),
    isDoneBefore: true,
    plan: managed,
    prepare: ({ api }) =>
      api.put(
        RECORD,
        writeSimRecord({
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
    shape: defineShape("p", "pvc"),
    plan: managed,
    prepare: ({ api }) => api.put(RECORD, writeSimRecord({ drained: { "web-0": { podUid: "uid-0", at } } })),
    ends: "done",
    holds: (place) => (recordText(place).includes("uid-0") ? null : "it is drained no more"),
  },
  { name: "managed, nothing to come back from", shape: defineShape("p", "pvc"), plan: managed, ends: "done" },
  {
    name: "managed, the record is away",
    shape: defineShape("p", "pvc"),
    plan: managed,
    always: answerWhen("refused", (kind) => kind.startsWith("api")),
    ends: "record-unusable",
  },
  {
    name: "leaves",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    ends: "done",
    holds: hasTombstone(true),
  },
  {
    name: "a ring's member is not drained",
    shape: defineShape("p", "pvc"),
    plan: { ...managed, ring: { name: "omservice" } },
    work: runDeparture(drain),
    ends: "leave-failed",
    holds: hasTombstone(false),
  },
  {
    name: "has left before",
    shape: defineShape("p", "pvc"),
    plan: managed,
    work: runDeparture(leave),
    prepare: ({ api, app }) => {
      api.set.start = 1;
      app.done.add("web-0/leave");
      api.put(RECORD, writeSimRecord({ tombstones: { "web-0": { at, finished: true, podUid: "uid-0" } } }));
    },
    ends: "done",
    holds: hasTombstone(true),
  },
  {
    name: "restarts and does not leave",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "all stopped: nobody leaves",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    prepare: ({ api }) => {
      api.set.replicas = 0;
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "no replicas given: one",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    prepare: ({ api }) => {
      api.set.replicas = undefined;
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the set is deleted",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
      api.set.deleted = true;
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the namespace is deleted",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
      api.namespacePhase = "Terminating";
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the set may not be read at leave",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    always: answerWhen("refused", (_, what) => what === "GET web"),
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the set cannot be asked at leave",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    always: answerWhen("down", (_, what) => what === "GET web"),
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the set is asked at leave and never answers",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    always: answerWhen("hang", (_, what) => what === "GET web"),
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the namespace may not be read at leave",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    always: answerWhen("refused", (_, what) => what === "GET demo"),
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the namespace cannot be asked at leave",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    always: answerWhen("down", (_, what) => what === "GET demo"),
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "no StatefulSet comes at leave",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    prepare: ({ api }) => {
      api.setAnswer = { status: 200, body: 1 };
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the leave fails",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    always: ends({ is: "exited", code: 1 }),
    ends: "leave-failed",
    holds: hasTombstone(false),
  },
  {
    name: "the record is away at leave",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    always: answerWhen("refused", (_, what) => what === `GET ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "the record may not be written at leave",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
      api.put(RECORD, writeSimRecord({}));
    },
    always: answerWhen("refused", (_, what) => what === `PUT ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "wanted again while it waits to leave",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
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
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    always: refuseFrom(1, "GET web"),
    isPlain: true,
    ends: "leave-failed",
    holds: hasTombstone(false),
  },
  {
    name: "nothing to leave under allow",
    shape: defineShape("p", "pvc"),
    work: runDeparture(leave),
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "nothing to drain under allow",
    shape: defineShape("p", "pvc"),
    work: runDeparture(drain),
    ends: "invalid-plan",
  },
  {
    name: "drains",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(drain),
    ends: "done",
    holds: (place) => (/\\"drained\\":\{\\"web-0\\"/.test(recordText(place)) ? null : "it is not drained"),
  },
  {
    name: "a drain waits for a lock whose holder lives on",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    isPlain: true,
    work: timesOutDuring("drain", runDeparture(drain)),
    prepare: holdForever,
    ends: "wait-timed-out",
  },
  {
    name: "a leave waits for a lock whose holder lives on",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    isPlain: true,
    work: timesOutDuring("preStop", runDeparture(leave)),
    prepare: (place) => {
      place.api.set.start = 1;
      holdForever(place);
    },
    ends: "wait-timed-out",
    holds: hasTombstone(false),
  },
  {
    name: "back, and the lock is held by a dead pod",
    shape: defineShape("p", "pvc"),
    plan: managed,
    prepare: ({ api }) => {
      api.put(RECORD, writeSimRecord({ tombstones: { "web-0": { at, finished: true } } }));
      api.put(LOCK, deadHolder);
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "back, and the record may not be changed",
    shape: defineShape("p", "pvc"),
    plan: managed,
    prepare: ({ api }) =>
      api.put(RECORD, writeSimRecord({ tombstones: { "web-0": { at, finished: true } } })),
    always: answerWhen("refused", (_, what) => what === `PUT ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "back, and another takes the lock over",
    shape: defineShape("p", "pvc"),
    plan: managed,
    isPlain: true,
    prepare: ({ api }) =>
      api.put(RECORD, writeSimRecord({ tombstones: { "web-0": { at, finished: true } } })),
    always: runAfterLock(({ api }) => api.put(RECORD, writeSimRecord({ fence: 99 }))),
    ends: "record-unusable",
  },
  {
    name: "back, and the record goes away",
    shape: defineShape("p", "pvc"),
    plan: managed,
    prepare: ({ api }) =>
      api.put(RECORD, writeSimRecord({ tombstones: { "web-0": { at, finished: true } } })),
    always: refuseFrom(1, `GET ${RECORD}`),
    isPlain: true,
    ends: "record-unusable",
  },
  { name: "managed without steps", shape: defineShape("", "pvc"), plan: managed, ends: "done" },
  {
    name: "leaves without a command",
    shape: defineShape("p", "pvc"),
    plan: managed,
    work: runDeparture(leave),
    prepare: ({ api, app }) => {
      api.set.start = 1;
      app.done.add("web-0/leave");
    },
    ends: "done",
    holds: hasTombstone(true),
  },
  {
    name: "no start given",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    prepare: ({ api }) => {
      api.set.start = undefined;
    },
    ends: "done",
    holds: hasTombstone(false),
  },
  {
    name: "the lock is taken over while it leaves",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
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
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    isPlain: true,
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    later: { at: 5_000, change: ({ api }) => api.put(RECORD, writeSimRecord({ fence: 99 })) },
    ends: "leave-failed",
    holds: hasTombstone(false),
  },
  {
    name: "the record goes away while it leaves",
    shape: defineShape("p", "pvc"),
    plan: leaving,
    work: runDeparture(leave),
    isPlain: true,
    prepare: ({ api }) => {
      api.set.start = 1;
    },
    always: refuseFrom(2, `GET ${RECORD}`),
    ends: "record-unusable",
    holds: hasTombstone(false),
  },
];
