// Everything that can go wrong in the runner, as one closed union of values. `throw` is for faults of our own.
// The exit code, the log line and the termination message all come from here.
import { RUNNER_CODES, type RunnerFailureName } from "../contract/codes.ts";
import { EXIT, type ExitCode } from "../contract/exit.ts";
import type { Identity } from "../contract/plan.ts";
import type { ChildEnd } from "./ports.ts";

export type Failure =
  | { name: "invalid-plan"; why: string }
  | { name: "marker-volume-unusable"; path: string; why: string }
  /** mine: the pod of the plan; found: the pod that this is, as NAMESPACE/NAME */
  | { name: "plan-of-another-pod"; mine: Identity; found: string }
  | { name: "marker-mismatch"; path: string; field: keyof Identity; found: string; mine: string }
  | { name: "marker-newer-format"; path: string; schema: number }
  | { name: "step-not-started"; step: string; argv: readonly string[]; why: string }
  | { name: "step-failed"; step: string; run: string; verify: string }
  | { name: "step-not-verified"; step: string; verify: string }
  | { name: "step-timed-out"; step: string; argv: readonly string[]; seconds: number; forced: boolean }
  | { name: "marker-bucket-unusable"; path: string; why: string }
  | { name: "lock-unsafe"; where: string; why: string }
  | { name: "lock-unusable"; where: string; why: string }
  | { name: "record-unusable"; where: string; why: string }
  | { name: "wait-timed-out"; what: string; waitedFor: string; seconds: number }
  | { name: "leave-failed"; why: string }
  | { name: "ring-mismatch"; why: string }
  /** wayOut: the commands that let it join anew, none while nobody leads who could carry them out */
  | { name: "state-lost"; why: string; wayOut: readonly string[] }
  | { name: "join-failed"; what: string; why: string }
  | { name: "state-volume-unusable"; path: string; why: string }
  | { name: "stopped"; step: string | null }
  | { name: "install-failed"; why: string }
  | { name: "unexpected"; why: string };

/** The process exit code that a failure ends the runner with. */
export function getExitCode(failure: Failure): ExitCode {
  switch (failure.name) {
    case "invalid-plan":
      return EXIT.badPlan;
    case "plan-of-another-pod":
    case "marker-mismatch":
    case "marker-newer-format":
    case "ring-mismatch":
      return EXIT.identityMismatch;
    case "state-lost":
      return EXIT.lostState;
    case "wait-timed-out":
      return EXIT.gaveUp;
    default:
      return EXIT.failed;
  }
}

/** One line: code, name, what happened, what to do where that is not plain. */
export function describe(failure: Failure): string {
  return `${getRunnerCode(failure.name)} ${failure.name}: ${sentence(failure)}`;
}

function getRunnerCode(name: RunnerFailureName): string {
  return RUNNER_CODES[name].code;
}

function sentence(failure: Failure): string {
  switch (failure.name) {
    case "invalid-plan":
      return `${failure.why}; nothing was touched`;
    case "marker-volume-unusable":
      return `no marker can be written to ${failure.path}: ${failure.why}; ${markerRemedy(failure.why)}`;
    case "plan-of-another-pod":
      return copied(failure);
    case "marker-mismatch":
      return foreign(failure);
    case "marker-newer-format":
      return `${failure.path} is the marker of a later Rollcall (schema ${failure.schema}); nothing was touched. Use that version again, or move the file away while the pod is down to have all steps done again`;
    case "step-not-started":
      return `step ${failure.step}: ${formatArgv(failure.argv)} could not be started: ${failure.why}`;
    case "step-failed":
      return `step ${failure.step}: ${failure.run}, then ${failure.verify}`;
    case "step-not-verified":
      return `step ${failure.step}: run exited 0, but ${failure.verify}; without that proof no marker is written`;
    case "step-timed-out":
      return `step ${failure.step}: ${formatArgv(failure.argv)} took longer than ${failure.seconds} s and was ${
        failure.forced ? "killed (SIGKILL) after ignoring SIGINT" : "ended with SIGINT"
      }`;
    case "marker-bucket-unusable":
      return `no marker can be kept in ${failure.path}: ${failure.why}; check the profile's s3 and its credentialsSecret`;
    case "lock-unsafe":
      return `${failure.where} cannot keep a lock: ${failure.why}. Two pods could hold it at once; set the profile's lock to lease, or use a server with conditional writes`;
    case "lock-unusable":
      return `the lock ${failure.where} cannot be taken: ${failure.why}`;
    case "record-unusable":
      return `the record ${failure.where} cannot be used: ${failure.why}`;
    case "wait-timed-out":
      return `${failure.what} waited ${failure.seconds} s for ${failure.waitedFor}; the container is started again and goes on waiting`;
    case "leave-failed":
      return `${failure.why}; the pod's number is not recorded as gone`;
    case "ring-mismatch":
      return `${failure.why}; nothing was touched`;
    case "state-lost":
      return lost(failure);
    case "join-failed":
      return `${failure.what}: ${failure.why}`;
    case "state-volume-unusable":
      return `${failure.path} cannot be used: ${failure.why}`;
    case "stopped":
      return failure.step === null
        ? "told to stop before the first step"
        : `told to stop during step ${failure.step}, which runs again at the next start`;
    case "install-failed":
      return failure.why;
    case "unexpected":
      return `${failure.why}; this is a fault of Rollcall, please report it`;
    default:
      return unreachable(failure);
  }
}

/** By what the system says: advice on fsGroup helps no volume that is full. */
function markerRemedy(why: string): string {
  const [, code = ""] = /\((E[A-Z]+)\)$/.exec(why) ?? [];
  return MARKER_REMEDIES[code] ?? "check the profile's markers.volume";
}

const NOT_WRITABLE =
  "set the pod's fsGroup, or the profile's runner.position, so that rollcall-init comes after the init container that hands the volume over";

const MARKER_REMEDIES: Readonly<Record<string, string>> = {
  EACCES: NOT_WRITABLE,
  EPERM: NOT_WRITABLE,
  ENOSPC: "free space on the volume of the profile's markers.volume, or make it larger",
  EDQUOT: "free space on the volume of the profile's markers.volume, or raise its quota",
  EROFS: "mount the volume of the profile's markers.volume so that it can be written",
  ENOTSUP: "keep the profile's markers on another volume, or in S3 (store: S3)",
};

function lost({ why, wayOut }: Extract<Failure, { name: "state-lost" }>): string {
  const how = wayOut.length === 0 ? "start the others first" : "see below";
  return `${why}. It is not started, since it has forgotten what it voted and acknowledged. Bring that very volume back, no copy of earlier, or have it evicted and let it join anew while the others are healthy: ${how}`;
}

/** Commands that a person may run against it, each whole, since a sentence may be cut. */
export function listRemedies(failure: Failure): readonly string[] {
  if (failure.name === "plan-of-another-pod") return [copyCommand(failure.mine)];
  return failure.name === "state-lost" ? failure.wayOut : [];
}

/** What matters first: the termination message has 300 bytes for it. */
function copied({ mine, found }: Extract<Failure, { name: "plan-of-another-pod" }>): string {
  return (
    `this is pod ${found}, a copy with the plan of ${mine.namespace}/${mine.pod}; nothing was touched. ` +
    "Copy it with kubectl debug --keep-init-containers=false. " +
    `Its application then runs with the original's NodeID ${mine.nodeId}: start none that writes to shared data under that number`
  );
}

const copyCommand = ({ namespace, pod }: Identity): string =>
  `kubectl -n ${namespace} debug ${pod} -it --copy-to=${pod}-debug --keep-init-containers=false`;

function foreign({ path, field, found, mine }: Extract<Failure, { name: "marker-mismatch" }>): string {
  return `${path} is the marker of another ${field} (${found}, this pod's is ${mine}); nothing was touched. If the volume is rightly this pod's, move that file away while the pod is down`;
}

/** How an end reads in a sentence, e.g. "verify [test -s /x] exited 1". */
export function describeChildEnd(what: string, argv: readonly string[], end: ChildEnd): string {
  const command = `${what} ${formatArgv(argv)}`;
  switch (end.is) {
    case "exited":
      return `${command} exited ${end.code}`;
    case "signaled":
      return `${command} was killed by ${end.signal}`;
    case "timed-out":
      return `${command} timed out`;
    case "stopped":
      return `${command} was stopped`;
    case "not-started":
      return `${command} could not be started: ${end.why}`;
    default:
      return unreachable(end);
  }
}

/** An argv as one short readable text. */
export function formatArgv(argv: readonly string[]): string {
  const text = argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");
  return `[${text.length > 120 ? `${text.slice(0, 117)}...` : text}]`;
}

function unreachable(value: never): never {
  throw new Error(`not handled: ${JSON.stringify(value)}`);
}
