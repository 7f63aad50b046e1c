// What stands in the place of the record.
import { computeReleaseId } from "../../../init/contract/plan.ts";
import { RECORD_ANNOTATION } from "../../../init/contract/record.ts";
import { planOf } from "../shapes.ts";
import {
  afterLook,
  at,
  keepsGarbage,
  no,
  RECORD,
  record,
  refusedFrom,
  type Situation,
  shape,
} from "./situation.ts";

const release = { id: computeReleaseId(planOf(shape("r", "pvc"), 0)), at, pod: "web-5", fence: 5 };

export const RECORDS: readonly Situation[] = [
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
    always: no("refused", (kind, what) => kind === "put" && what.includes("record.json")),
    ends: "done",
  },
  {
    name: "another release has begun",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, record({ releasing: { id: "image:9#x", steps: {} } })),
    ends: "done",
  },
  {
    name: "a record that is away for writes",
    shape: shape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, record({})),
    always: no("down", (_, what) => what === `PUT ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "the record goes away under the lock",
    shape: shape("r", "pvc"),
    isPlain: true,
    always: refusedFrom(1, `GET ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "the record goes away before the intent",
    shape: shape("r", "pvc"),
    isPlain: true,
    always: refusedFrom(2, `GET ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "the record goes away after the work",
    shape: shape("r", "pvc"),
    isPlain: true,
    always: refusedFrom(3, `GET ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "another pod records it as done between the look and the intent",
    shape: shape("r", "pvc"),
    isPlain: true,
    prepare: ({ api }) => api.put(RECORD, record({})),
    always: afterLook(({ api, app }) => {
      app.done.add("image:1/s0");
      api.put(RECORD, record({ release }));
    }),
    holds: ({ app }) => (app.runs.length === 0 ? null : "it was done again"),
    ends: "done",
  },
];
