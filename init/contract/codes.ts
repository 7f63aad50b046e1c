// The runner's failures: names and codes that never change and are never reused (docs/architecture.md#codes). Those of
// the webhook are in webhook/denials/codes.ts; docs/codes.md is generated from both.

export const RUNNER_CODES = {
  "invalid-plan": { code: "RC201", says: "The plan or the command line is invalid." },
  "marker-volume-unusable": {
    code: "RC202",
    says: "The marker volume is missing, read-only, full, not writable by this user, or cannot sync to disk.",
  },
  "marker-mismatch": {
    code: "RC203",
    says: "The volume holds a marker of another pod, NodeID or profile.",
  },
  "step-not-started": { code: "RC204", says: "A step's command could not be started." },
  "step-failed": { code: "RC205", says: "A step's run command and its verify command both failed." },
  "step-not-verified": {
    code: "RC206",
    says: "A step's run command succeeded, but its verify command failed.",
  },
  "step-timed-out": { code: "RC207", says: "A step's command exceeded the step's timeout." },
  stopped: { code: "RC208", says: "The runner was stopped before all steps were done." },
  "install-failed": { code: "RC209", says: "The runner could not be copied, or its copy does not start." },
  "marker-newer-format": {
    code: "RC210",
    says: "The volume holds a marker written by a later version of Rollcall.",
  },
  "marker-bucket-unusable": {
    code: "RC211",
    says: "The S3 bucket of the marker cannot be read or written.",
  },
  "lock-unsafe": {
    code: "RC212",
    says: "The S3 server does not support conditional writes, so it cannot hold a lock.",
  },
  "lock-unusable": { code: "RC213", says: "The lock of the StatefulSet cannot be read or written." },
  "record-unusable": { code: "RC214", says: "The record of the StatefulSet cannot be read or written." },
  "wait-timed-out": { code: "RC215", says: "The runner's wait timed out." },
  "leave-failed": {
    code: "RC216",
    says: "The pod could not leave: its leave command failed or could not be verified.",
  },
  "plan-of-another-pod": {
    code: "RC217",
    says: "The plan belongs to another pod: this pod is a copy of it (kubectl debug --copy-to).",
  },
  "ring-mismatch": {
    code: "RC220",
    says: "The member's volume, cluster and ring do not match.",
  },
  "state-lost": { code: "RC221", says: "A member of the ring has lost the state on its volume." },
  "join-failed": { code: "RC222", says: "The member could not join its ring." },
  "state-volume-unusable": {
    code: "RC223",
    says: "The volume of the member's state cannot be read or written, or has too little space.",
  },
  unexpected: { code: "RC299", says: "An internal error of Rollcall: please report it." },
} as const;

export type RunnerFailureName = keyof typeof RUNNER_CODES;
