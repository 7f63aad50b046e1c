// Existing contents of the record.
import { computeReleaseId, RECORD_ANNOTATION } from "../../../init/contract/record.ts";
import { buildShapePlan } from "../shapes.ts";
import {
  answerWhen,
  at,
  defineShape,
  keepsGarbage,
  RECORD,
  refuseFrom,
  runAfterMarkerProbe,
  type Situation,
  writeSimRecord,
} from "./situation.ts";

const release = {
  id: computeReleaseId(buildShapePlan(defineShape("r", "pvc"), 0)),
  at,
  pod: "web-5",
  fence: 5,
};

export const RECORDS: readonly Situation[] = [
  {
    name: "a record without its annotation",
    shape: defineShape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, {}),
    ends: "record-unusable",
  },
  {
    name: "a record of garbage",
    shape: defineShape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, { annotations: { [RECORD_ANNOTATION]: "{s3cr3t-sentinel" } }),
    ends: "record-unusable",
    holds: keepsGarbage,
  },
  {
    name: "a record of a later Rollcall",
    shape: defineShape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, writeSimRecord({ schema: 9, of: "s3cr3t-sentinel" })),
    ends: "record-unusable",
  },
  {
    name: "a record of another kind",
    shape: defineShape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, writeSimRecord({ kind: "otobo" })),
    ends: "record-unusable",
  },
  {
    name: "a record that may not be read",
    shape: defineShape("r", "pvc"),
    always: answerWhen("refused", (_, what) => what === `GET ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "a record that may not be written",
    shape: defineShape("r", "pvc"),
    always: answerWhen("refused", (_, what) => what === `PUT ${RECORD}` || what === "POST leases"),
    ends: "lock-unusable",
  },
  {
    name: "a record that may not be changed",
    shape: defineShape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, writeSimRecord({})),
    always: answerWhen("refused", (_, what) => what === `PUT ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "the API server is away",
    shape: defineShape("r", "pvc"),
    always: answerWhen("down", (kind) => kind.startsWith("api")),
    ends: "record-unusable",
  },
  {
    name: "a later fencing number",
    shape: defineShape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, writeSimRecord({ fence: 50 })),
    ends: "done",
  },
  {
    name: "the record's Lease was deleted",
    shape: defineShape("r", "s3"),
    isDoneBefore: true,
    prepare: ({ api }) => api.removeLease(RECORD),
    ends: "done",
    holds: ({ app }) => (app.runs.length === 1 ? null : "the release was done again"),
  },
  {
    name: "a mirror of garbage",
    shape: defineShape("r", "s3"),
    prepare: ({ bucket }) => {
      bucket.put("p/demo/web/record.json", "s3cr3t-sentinel", "any");
    },
    ends: "record-unusable",
  },
  {
    name: "a mirror that cannot be written",
    shape: defineShape("r", "pvc", "s3"),
    always: answerWhen("refused", (kind, what) => kind === "put" && what.includes("record.json")),
    ends: "done",
  },
  {
    name: "another release has begun",
    shape: defineShape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, writeSimRecord({ releasing: { id: "image:9#x", steps: {} } })),
    ends: "done",
  },
  {
    name: "a record that is away for writes",
    shape: defineShape("r", "pvc"),
    prepare: ({ api }) => api.put(RECORD, writeSimRecord({})),
    always: answerWhen("down", (_, what) => what === `PUT ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "the record goes away under the lock",
    shape: defineShape("r", "pvc"),
    isPlain: true,
    always: refuseFrom(1, `GET ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "the record goes away before the intent",
    shape: defineShape("r", "pvc"),
    isPlain: true,
    always: refuseFrom(2, `GET ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "the record goes away after the work",
    shape: defineShape("r", "pvc"),
    isPlain: true,
    always: refuseFrom(3, `GET ${RECORD}`),
    ends: "record-unusable",
  },
  {
    name: "another pod records it as done between the look and the intent",
    shape: defineShape("r", "pvc"),
    isPlain: true,
    prepare: ({ api }) => api.put(RECORD, writeSimRecord({})),
    always: runAfterMarkerProbe(({ api, app }) => {
      app.done.add("image:1/s0");
      api.put(RECORD, writeSimRecord({ release }));
    }),
    holds: ({ app }) => (app.runs.length === 0 ? null : "it was done again"),
    ends: "done",
  },
];
