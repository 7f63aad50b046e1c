// What stands in the place of the lock, and what S3 does with conditions.
import { holdForever, LOCK, no, type Situation, shape } from "./situation.ts";

export const LOCKS: readonly Situation[] = [
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
    ends: "wait-timed-out",
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
  {
    name: "S3 that knows no If-None-Match",
    shape: shape("r", "s3", "s3"),
    always: no("refused", (_, what) => what.includes("trial if-")),
    ends: "lock-unsafe",
  },
  {
    name: "S3 goes away within the probe",
    shape: shape("r", "s3", "s3"),
    always: no("down", (_, what) => what.includes("trial if-")),
    ends: "lock-unusable",
  },
  {
    name: "a proxy answers for the lock",
    shape: shape("r", "pvc"),
    always: no("garbage", (_, what) => what === `GET ${LOCK}`),
    ends: "lock-unusable",
  },
  {
    name: "a proxy answers when the lock is written",
    shape: shape("r", "pvc"),
    always: no("garbage", (_, what) => what === "POST leases"),
    ends: "lock-unusable",
  },
  {
    name: "the lock is deleted while it is held",
    shape: shape("r", "pvc"),
    isPlain: true,
    later: { at: 5_000, change: ({ api }) => api.removeLease(LOCK) },
    ends: "done",
  },
  {
    name: "the token is not accepted",
    shape: shape("r", "pvc"),
    always: no("unauthorized", (kind) => kind.startsWith("api")),
    ends: "record-unusable",
  },
];
