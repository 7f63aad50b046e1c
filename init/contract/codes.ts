// The runner's failures: names and codes that never change and are never used again (docs/architecture.md#codes). The
// webhook's are in webhook/denials/codes.ts; docs/codes.md is generated from both.

export const RUNNER_CODES = {
  "invalid-plan": { code: "RC201", says: "The plan or the command line cannot be understood." },
  "marker-volume-unusable": {
    code: "RC202",
    says: "The volume for the marker is missing, read-only, full, not writable for this user, or keeps nothing through a power cut.",
  },
  "marker-mismatch": {
    code: "RC203",
    says: "The volume holds the marker of another pod, NodeID or profile.",
  },
  "step-not-started": { code: "RC204", says: "A command of a step could not be started." },
  "step-failed": { code: "RC205", says: "The command of a step failed and its verify did not hold." },
  "step-not-verified": {
    code: "RC206",
    says: "The command of a step succeeded but its verify did not hold.",
  },
  "step-timed-out": { code: "RC207", says: "A command of a step took longer than the step's timeout." },
  stopped: { code: "RC208", says: "The runner was told to stop before all steps were done." },
  "install-failed": { code: "RC209", says: "The runner could not be copied, or its copy does not start." },
  "marker-newer-format": { code: "RC210", says: "The volume holds a marker of a later Rollcall." },
  "marker-bucket-unusable": {
    code: "RC211",
    says: "The S3 bucket for the marker cannot be read or written.",
  },
  "lock-unsafe": {
    code: "RC212",
    says: "The S3 server ignores conditional writes, so it cannot keep a lock.",
  },
  "lock-unusable": { code: "RC213", says: "The lock of the StatefulSet cannot be read or written." },
  "record-unusable": { code: "RC214", says: "The record of the StatefulSet cannot be read or written." },
  "wait-timed-out": { code: "RC215", says: "What the runner waited for did not come in its time." },
  "leave-failed": {
    code: "RC216",
    says: "The pod could not leave: its leave command failed or was not proven.",
  },
  "plan-of-another-pod": {
    code: "RC217",
    says: "The plan is that of another pod: this one is a copy of it (kubectl debug --copy-to).",
  },
  "ring-mismatch": {
    code: "RC220",
    says: "The member's volume, its cluster and its ring do not belong together.",
  },
  "state-lost": { code: "RC221", says: "The ring counts on a member whose volume has lost its state." },
  "join-failed": { code: "RC222", says: "The member could not be taken into its ring." },
  "state-volume-unusable": {
    code: "RC223",
    says: "The volume with a member's state cannot be read, written or made room on.",
  },
  unexpected: { code: "RC299", says: "A fault of Rollcall's own: please report it." },
} as const;

export type RunnerFailureName = keyof typeof RUNNER_CODES;
