// What the commands of steps do.
import { ROOT } from "../shapes.ts";
import { ends, forget, type Situation, shape } from "./situation.ts";

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
    ends: "step-unproven",
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
