// Safeguards of the engine, each with the change that removes it.

export interface Mutant {
  without: string;
  file: string;
  from: string;
  to: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    without: "the fsync of the marker's folder",
    file: "stores/createPvcStore.ts",
    from: "await files.rename(temporary, path);\n        await files.syncFolder(home);",
    to: "await files.rename(temporary, path);",
  },
  {
    without: "the read-back in S3",
    file: "stores/createS3Store.ts",
    from: 'const stored = await readAndRemember();\n    if (stored.is === "failed")',
    to: 'if (put.is !== "stored") return { why, canRetry: false };\n    return { why: null, canRetry: false };\n    const stored = await readAndRemember();\n    if (stored.is === "failed")',
  },
  {
    without: "the fence check",
    file: "record/recordStore.ts",
    from: "if (fence !== null && record.fence > fence)",
    to: "if (fence !== null && record.fence > fence && Date.now() < 0)",
  },
  {
    without: "verify",
    file: "step.ts",
    from: 'if (verified.is === "exited" && verified.code === 0) {',
    to: "if (ranWell) {",
  },
  {
    without: "the re-reading of the record under the lock",
    file: "release/work.ts",
    from: "isDeepStrictEqual(readStepProgress(record, plan, step), observed)",
    to: "isDeepStrictEqual(observed, observed)",
  },
  {
    without: "the question whether a run that was cut off had come to its end",
    file: "release/work.ts",
    from: 'progress.state === "none" ? null :',
    to: 'progress.state !== "done" ? null :',
  },
  {
    without: "the watch over renewals",
    file: "lock/holdLock.ts",
    from: "if (left <= 0) giveUp(",
    to: "if (left <= -1e9) giveUp(",
  },
  {
    without: "the time of the answer, instead of the question, for an unchanged lock",
    file: "lock/acquire.ts",
    from: "since: world.monotonic() };\n  const left",
    to: "since: began };\n  const left",
  },
  {
    without: "the age of a lock",
    file: "lock/acquire.ts",
    from: "if (left <= 0) {",
    to: "if (left <= 60_000) {",
  },
  {
    without: "the revision check",
    file: "release/revision.ts",
    from: "return status.updateRevision === revision",
    to: 'return status.updateRevision !== ""',
  },
];
