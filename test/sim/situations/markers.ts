// What lies in the place of the marker, and what the stores do.
import { ROOT } from "../shapes.ts";
import { no, refusedFrom, type Situation, shape } from "./situation.ts";

export const MARKERS: readonly Situation[] = [
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
    ends: "marker-mismatch",
  },
  {
    name: "a marker of a later Rollcall",
    shape: shape("p", "s3"),
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/web-0.json", '{"schema":7,"of":"s3cr3t-sentinel"}', "any");
    },
    ends: "marker-newer-format",
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
    always: no("refused", (kind, what) => kind === "put" && what.includes("/web-0.json")),
    ends: "marker-bucket-unusable",
  },
  {
    name: "a bucket that is away for markers",
    shape: shape("p", "s3"),
    always: no("down", (kind, what) => kind === "put" && what.includes("/web-0.json")),
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
  {
    name: "torn, and then it cannot be read",
    shape: shape("p", "s3"),
    isPlain: true,
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/web-0.json", "{s3cr3t-sentinel", "any");
    },
    always: refusedFrom(1, "p/demo/web/web-0.json"),
    ends: "marker-bucket-unusable",
  },
  {
    name: "torn, and then it is gone",
    shape: shape("p", "s3"),
    isPlain: true,
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/web-0.json", "{s3cr3t-sentinel", "any");
    },
    later: { at: 5_000, change: ({ bucket }) => bucket.remove("p/demo/web/web-0.json") },
    ends: "marker-bucket-unusable",
  },
  {
    name: "written, and then it cannot be read back",
    shape: shape("p", "s3"),
    isPlain: true,
    always: refusedFrom(1, "p/demo/web/web-0.json"),
    ends: "marker-bucket-unusable",
  },
];
