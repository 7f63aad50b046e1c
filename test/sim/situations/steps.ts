// Behaviour of the steps' commands.
import type { Always } from "../pod.ts";
import { MARKER_ROOT } from "../shapes.ts";
import { defineShape, ends, forget, recordText, type Situation } from "./situation.ts";

const TELL = ["tell", "pod", "packages-1"];
const endsTelling = (end: Always) => (kind: string, what: string) =>
  kind === "child" && what.startsWith("tell ") ? end : null;

export const STEPS_SITUATIONS: readonly Situation[] = [
  {
    name: "a pod step was undone",
    shape: defineShape("p", "pvc"),
    isDoneBefore: true,
    prepare: (place) => forget(place, "web-0/s0"),
    ends: "done",
  },
  {
    name: "a doubtful step was undone",
    shape: defineShape("p", "both"),
    isDoneBefore: true,
    prepare: (place) => {
      forget(place, "web-0/s0");
      place.disk.replace(MARKER_ROOT);
    },
    ends: "done",
  },
  {
    name: "a release step was undone",
    shape: defineShape("rr", "pvc"),
    isDoneBefore: true,
    prepare: (place) => forget(place, "image:1/s1"),
    ends: "done",
  },
  {
    name: "the pod tells the rest of its release",
    shape: defineShape("pr", "pvc"),
    plan: { releaseFrom: TELL },
    ends: "done",
    holds: (place) => (recordText(place).includes("image:1 packages-1") ? null : "it is not in the record"),
  },
  {
    name: "what tells the rest of the release says nothing",
    shape: defineShape("pr", "pvc"),
    plan: { releaseFrom: ["hush", "pod", "release"] },
    ends: "step-failed",
  },
  {
    name: "what tells the rest of the release is not there",
    shape: defineShape("pr", "pvc"),
    plan: { releaseFrom: TELL },
    always: endsTelling({ is: "not-started", why: "ENOENT" }),
    ends: "step-not-started",
  },
  {
    name: "the pod is stopped while the rest of the release is told",
    shape: defineShape("pr", "pvc"),
    plan: { releaseFrom: TELL },
    always: endsTelling({ is: "stopped" }),
    ends: "stopped",
  },
  {
    name: "run fails",
    shape: defineShape("p", "pvc"),
    always: ends({ is: "exited", code: 7 }),
    ends: "step-failed",
  },
  {
    name: "run of a release step fails",
    shape: defineShape("r", "pvc"),
    always: ends({ is: "exited", code: 7 }),
    ends: "step-failed",
  },
  {
    name: "run succeeds and does nothing",
    shape: defineShape("p", "pvc"),
    always: ends({ is: "exited", code: 0 }),
    ends: "step-not-verified",
  },
  {
    name: "run is killed",
    shape: defineShape("p", "pvc"),
    always: ends({ is: "signaled", signal: "SIGKILL" }),
    ends: "step-failed",
  },
  {
    name: "run is not there",
    shape: defineShape("p", "pvc"),
    always: ends({ is: "not-started", why: "ENOENT" }),
    ends: "step-not-started",
  },
  {
    name: "run lies about a failure",
    shape: defineShape("p", "pvc"),
    prepare: (place) => place.app.done.add("web-0/s0"),
    always: ends({ is: "exited", code: 3 }),
    ends: "done",
  },
  {
    name: "run times out",
    shape: defineShape("p", "pvc"),
    always: ends({ is: "timed-out", forced: false }),
    ends: "step-timed-out",
  },
];
