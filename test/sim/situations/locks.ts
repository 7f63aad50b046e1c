// Existing contents of the lock, and S3 servers with and without conditional writes.
import { answerWhen, defineShape, holdForever, LOCK, type Situation } from "./situation.ts";

export const LOCKS: readonly Situation[] = [
  {
    name: "a lock of garbage",
    shape: defineShape("r", "pvc"),
    prepare: ({ api }) => api.put(LOCK, { spec: { leaseTransitions: -1 } }),
    ends: "lock-unusable",
  },
  {
    name: "a lock without a spec",
    shape: defineShape("r", "pvc"),
    prepare: ({ api }) => api.put(LOCK, {}),
    ends: "done",
  },
  {
    name: "a lock that a person made",
    shape: defineShape("r", "pvc"),
    prepare: ({ api }) => api.put(LOCK, { spec: { holderIdentity: "me" } }),
    ends: "done",
  },
  {
    name: "a lock in S3 of garbage",
    shape: defineShape("r", "s3", "s3"),
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/lock.json", "{", "any");
    },
    ends: "lock-unusable",
  },
  {
    name: "a lock in S3 of another shape",
    shape: defineShape("r", "s3", "s3"),
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/lock.json", "{}", "any");
    },
    ends: "lock-unusable",
  },
  {
    name: "a lock whose holder lives on",
    shape: defineShape("r", "pvc"),
    prepare: (place) => {
      holdForever(place);
    },
    ends: "wait-timed-out",
  },
  {
    name: "a lock that may not be taken",
    shape: defineShape("r", "pvc"),
    always: answerWhen("refused", (kind, what) => kind === "api-write" && !what.includes("record")),
    ends: "lock-unusable",
  },
  {
    name: "a lock that may not be read",
    shape: defineShape("r", "pvc"),
    always: answerWhen("refused", (_, what) => what === `GET ${LOCK}`),
    ends: "lock-unusable",
  },
  {
    name: "S3 without If-None-Match",
    shape: defineShape("r", "s3", "s3"),
    prepare: ({ bucket }) => {
      bucket.ignores = "absent";
    },
    ends: "lock-unsafe",
  },
  {
    name: "S3 without If-Match",
    shape: defineShape("r", "s3", "s3"),
    prepare: ({ bucket }) => {
      bucket.ignores = "etag";
    },
    ends: "lock-unsafe",
  },
  {
    name: "markers on S3 without conditions",
    shape: defineShape("pr", "s3"),
    prepare: ({ bucket }) => {
      bucket.ignores = "both";
    },
    ends: "done",
  },
  {
    name: "S3 is away for the probe",
    shape: defineShape("r", "pvc", "s3"),
    always: answerWhen("down", (kind) => kind === "put"),
    ends: "lock-unusable",
  },
  {
    name: "S3 refuses the probe",
    shape: defineShape("r", "pvc", "s3"),
    always: answerWhen("refused", (kind) => kind === "put"),
    ends: "lock-unusable",
  },
  {
    name: "S3 that knows no If-None-Match",
    shape: defineShape("r", "s3", "s3"),
    always: answerWhen("refused", (_, what) => what.includes("trial if-")),
    ends: "lock-unsafe",
  },
  {
    name: "S3 goes away within the probe",
    shape: defineShape("r", "s3", "s3"),
    always: answerWhen("down", (_, what) => what.includes("trial if-")),
    ends: "lock-unusable",
  },
  {
    name: "a proxy answers for the lock",
    shape: defineShape("r", "pvc"),
    always: answerWhen("garbage", (_, what) => what === `GET ${LOCK}`),
    ends: "lock-unusable",
  },
  {
    name: "a proxy answers when the lock is written",
    shape: defineShape("r", "pvc"),
    always: answerWhen("garbage", (_, what) => what === "POST leases"),
    ends: "lock-unusable",
  },
  {
    name: "the lock is deleted while it is held",
    shape: defineShape("r", "pvc"),
    isPlain: true,
    later: { at: 5_000, change: ({ api }) => api.removeLease(LOCK) },
    ends: "done",
  },
  {
    name: "the token is not accepted",
    shape: defineShape("r", "pvc"),
    always: answerWhen("unauthorized", (kind) => kind.startsWith("api")),
    ends: "record-unusable",
  },
];
