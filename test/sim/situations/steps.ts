// What the commands of steps do.
import type { Always } from "../pod.ts";
import { ROOT } from "../shapes.ts";
import { ends, forget, recordText, type Situation, shape } from "./situation.ts";

const TELL = ["tell", "pod", "packages-1"];
const endsTelling = (end: Always) => (kind: string, what: string) =>
  kind === "child" && what.startsWith("tell ") ? end : null;

export const STEPS: readonly Situation[] = [
  {
    name: "a pod step was undone",
    shape: shape("p", "pvc"),
    isDoneBefore: true,
    prepare: (place) => forget(place, "web-0/s0"),
    ends: "done",
  },
  {
    name: "a doubtful step was undone",
    shape: shape("p", "both"),
    isDoneBefore: true,
    prepare: (place) => {
      forget(place, "web-0/s0");
      place.disk.replace(ROOT);
    },
    ends: "done",
  },
  {
    name: "a release step was undone",
    shape: shape("rr", "pvc"),
    isDoneBefore: true,
    prepare: (place) => forget(place, "image:1/s1"),
    ends: "done",
  },
  {
    name: "the pod tells the rest of its release",
    shape: shape("pr", "pvc"),
    plan: { releaseFrom: TELL },
    ends: "done",
    holds: (place) => (recordText(place).includes("image:1 packages-1") ? null : "it is not in the record"),
  },
  {
    name: "what tells the rest of the release says nothing",
    shape: shape("pr", "pvc"),
    plan: { releaseFrom: ["hush", "pod", "release"] },
    ends: "step-failed",
  },
  {
    name: "what tells the rest of the release is not there",
    shape: shape("pr", "pvc"),
    plan: { releaseFrom: TELL },
    always: endsTelling({ is: "not-started", why: "ENOENT" }),
    ends: "step-not-started",
  },
  {
    name: "the pod is stopped while the rest of the release is told",
    shape: shape("pr", "pvc"),
    plan: { releaseFrom: TELL },
    always: endsTelling({ is: "stopped" }),
    ends: "stopped",
  },
  {
    name: "run fails",
    shape: shape("p", "pvc"),
    always: ends({ is: "exited", code: 7 }),
    ends: "step-failed",
  },
  {
    name: "run of a release step fails",
    shape: shape("r", "pvc"),
    always: ends({ is: "exited", code: 7 }),
    ends: "step-failed",
  },
  {
    name: "run succeeds and does nothing",
    shape: shape("p", "pvc"),
    always: ends({ is: "exited", code: 0 }),
    ends: "step-not-verified",
  },
  {
    name: "run is killed",
    shape: shape("p", "pvc"),
    always: ends({ is: "signaled", signal: "SIGKILL" }),
    ends: "step-failed",
  },
  {
    name: "run is not there",
    shape: shape("p", "pvc"),
    always: ends({ is: "not-started", why: "ENOENT" }),
    ends: "step-not-started",
  },
  {
    name: "run lies about a failure",
    shape: shape("p", "pvc"),
    prepare: (place) => place.app.done.add("web-0/s0"),
    always: ends({ is: "exited", code: 3 }),
    ends: "done",
  },
  {
    name: "run times out",
    shape: shape("p", "pvc"),
    always: ends({ is: "timed-out", forced: false }),
    ends: "step-timed-out",
  },
];
