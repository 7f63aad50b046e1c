// Existing contents of the marker, and failures of its stores.
import { MARKER_ROOT } from "../shapes.ts";
import { answerWhen, defineShape, refuseFrom, type Situation } from "./situation.ts";

export const MARKERS: readonly Situation[] = [
  {
    name: "another pod's marker",
    shape: defineShape("p", "pvc"),
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
    ends: "marker-mismatch",
  },
  {
    name: "a marker of a later Rollcall",
    shape: defineShape("p", "s3"),
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/web-0.json", '{"schema":7,"of":"s3cr3t-sentinel"}', "any");
    },
    ends: "marker-newer-format",
  },
  {
    name: "a bucket that refuses",
    shape: defineShape("p", "s3"),
    always: answerWhen("refused", (kind) => kind === "put"),
    ends: "marker-bucket-unusable",
  },
  {
    name: "a bucket that cannot be read",
    shape: defineShape("p", "s3"),
    always: answerWhen("refused", (kind) => kind === "get"),
    ends: "marker-bucket-unusable",
  },
  {
    name: "a bucket that takes trials only",
    shape: defineShape("p", "s3"),
    always: answerWhen("refused", (kind, what) => kind === "put" && what.includes("/web-0.json")),
    ends: "marker-bucket-unusable",
  },
  {
    name: "a bucket that is away for markers",
    shape: defineShape("p", "s3"),
    always: answerWhen("down", (kind, what) => kind === "put" && what.includes("/web-0.json")),
    ends: "marker-bucket-unusable",
  },
  {
    name: "a read-only volume",
    shape: defineShape("p", "pvc"),
    always: answerWhen("refused", (kind) => kind === "write"),
    ends: "marker-volume-unusable",
  },
  {
    name: "a volume that cannot be read",
    shape: defineShape("p", "pvc"),
    always: answerWhen("refused", (kind) => kind === "read"),
    ends: "marker-volume-unusable",
  },
  {
    name: "torn, and cannot be kept in S3",
    shape: defineShape("p", "s3"),
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/web-0.json", "{s3cr3t-sentinel", "any");
    },
    always: answerWhen("refused", (kind, what) => kind === "put" && what.includes(".torn.")),
    ends: "marker-bucket-unusable",
  },
  {
    name: "torn, and cannot be renamed",
    shape: defineShape("p", "pvc"),
    prepare: ({ disk }) => {
      disk.makeFolder(`${MARKER_ROOT}/.rollcall`);
      disk.write(`${MARKER_ROOT}/.rollcall/web-0.json`, "{s3cr3t-sentinel");
      disk.syncFolder(`${MARKER_ROOT}/.rollcall`);
      disk.syncFolder(MARKER_ROOT);
    },
    always: answerWhen("refused", (kind, what) => kind === "folder" && what.includes(".torn.")),
    ends: "marker-volume-unusable",
  },
  {
    name: "another runner of the pod writes",
    isPlain: true,
    shape: defineShape("p", "s3"),
    later: {
      at: 5_000,
      change: ({ bucket }) => {
        bucket.put("p/demo/web/web-0.json", "{s3cr3t-sentinel", "any");
      },
    },
    ends: "marker-bucket-unusable",
  },
  {
    name: "torn, and then it cannot be read",
    shape: defineShape("p", "s3"),
    isPlain: true,
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/web-0.json", "{s3cr3t-sentinel", "any");
    },
    always: refuseFrom(1, "p/demo/web/web-0.json"),
    ends: "marker-bucket-unusable",
  },
  {
    name: "torn, and then it is gone",
    shape: defineShape("p", "s3"),
    isPlain: true,
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/web-0.json", "{s3cr3t-sentinel", "any");
    },
    later: { at: 5_000, change: ({ bucket }) => bucket.remove("p/demo/web/web-0.json") },
    ends: "marker-bucket-unusable",
  },
  {
    name: "written, and then it cannot be read back",
    shape: defineShape("p", "s3"),
    isPlain: true,
    always: refuseFrom(1, "p/demo/web/web-0.json"),
    ends: "marker-bucket-unusable",
  },
];
