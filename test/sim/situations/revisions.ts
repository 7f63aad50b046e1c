// The pod's revision, and the revisions in the StatefulSet's status.
import {
  answerWhen,
  at,
  defineShape,
  RECORD,
  recordText,
  type Situation,
  writeSimRecord,
} from "./situation.ts";

export const REVISIONS: readonly Situation[] = [
  {
    name: "an older pod, its step undone",
    shape: defineShape("r", "pvc"),
    plan: { revision: "web-0" },
    ends: "wait-timed-out",
  },
  {
    name: "an older pod whose step holds",
    shape: defineShape("r", "pvc"),
    plan: { revision: "web-0" },
    prepare: (place) => {
      place.app.done.add("image:1/s0");
      place.api.put(RECORD, writeSimRecord({ release: { id: "image:2#x", at, pod: "web-1", fence: 5 } }));
    },
    ends: "done",
    holds: (place) => (recordText(place).includes("image:2#x") ? null : "an older pod changed the record"),
  },
  {
    name: "an older pod, then rolled back",
    shape: defineShape("r", "pvc"),
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
    shape: defineShape("r", "pvc"),
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
    shape: defineShape("r", "pvc"),
    prepare: ({ api }) => {
      api.setAnswer = { status: 200, body: { metadata: {} } };
    },
    ends: "wait-timed-out",
  },
  { name: "no revision", shape: defineShape("r", "pvc"), plan: { revision: null }, ends: "done" },
  {
    name: "the StatefulSet may not be read",
    shape: defineShape("r", "pvc"),
    always: answerWhen("refused", (_, what) => what === "GET web"),
    ends: "record-unusable",
  },
  {
    name: "the StatefulSet is gone",
    shape: defineShape("r", "pvc"),
    prepare: ({ api }) => {
      api.setAnswer = { status: 404, body: "no JSON" };
    },
    ends: "record-unusable",
  },
  {
    name: "no StatefulSet comes",
    shape: defineShape("r", "pvc"),
    prepare: ({ api }) => {
      api.setAnswer = { status: 200, body: "<html>" };
    },
    ends: "record-unusable",
  },
];
