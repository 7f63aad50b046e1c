// All failures of the runner, as one closed union of values; exceptions are internal errors. Exit code, log line and
// termination message are derived from it. System errors of files become plain words here as well, because the remedy
// of a marker volume is chosen by their code.
import { RUNNER_CODES, type RunnerFailureName } from "../contract/codes.ts";
import { EXIT, type ExitCode } from "../contract/exit.ts";
import type { Identity, PlanOfAnotherPod } from "../contract/plan.ts";
import type { ChildEnd } from "./ports.ts";

/** How a pod leaves: by `rollcall drain`, in the preStop of a Managed pod, or as a member of a ring. */
export type LeaveKind = "drain" | "preStop" | "ring";

export type Failure =
  | { name: "invalid-plan"; why: string }
  | { name: "marker-volume-unusable"; path: string; why: string }
  | PlanOfAnotherPod
  | { name: "marker-mismatch"; path: string; field: keyof Identity; found: string; mine: string }
  | { name: "marker-newer-format"; path: string; schema: number }
  | CommandFailure
  | { name: "marker-bucket-unusable"; path: string; why: string }
  | { name: "lock-unsafe"; where: string; why: string }
  | { name: "lock-unusable"; where: string; why: string }
  | { name: "record-unusable"; where: string; why: string }
  /** during: the command that waited; none: `run`, in an init container */
  | { name: "wait-timed-out"; what: string; waitedFor: string; seconds: number; during?: LeaveKind | "tool" }
  | { name: "leave-failed"; why: string; kind: LeaveKind }
  | { name: "ring-mismatch"; why: string }
  /** recoveryCommands: let the member join again; empty while no healthy member could run them */
  | { name: "state-lost"; why: string; recoveryCommands: readonly string[] }
  | { name: "join-failed"; what: string; why: string }
  | { name: "state-volume-unusable"; path: string; why: string }
  | { name: "stopped"; step: string | null }
  | { name: "install-failed"; why: string }
  | { name: "unexpected"; why: string };

/** The commands of a step, or of a leave, failed. */
export type CommandFailure =
  | { name: "step-not-started"; step: string; argv: readonly string[]; why: string }
  | { name: "step-failed"; step: string; run: string; verify: string }
  | { name: "step-not-verified"; step: string; verify: string }
  | { name: "step-timed-out"; step: string; argv: readonly string[]; seconds: number; forced: boolean };

/** The exit code of a failure. */
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

/** One line: code, name, what happened and, unless obvious, what to do. */
export function describe(failure: Failure): string {
  return `${getRunnerCode(failure.name)} ${failure.name}: ${formatSentence(failure)}`;
}

function getRunnerCode(name: RunnerFailureName): string {
  return RUNNER_CODES[name].code;
}

function formatSentence(failure: Failure): string {
  switch (failure.name) {
    case "invalid-plan":
      return `${failure.why}; nothing was changed`;
    case "marker-volume-unusable":
      return `cannot write the marker ${failure.path}: ${failure.why}; ${getMarkerRemedy(failure.why)}`;
    case "plan-of-another-pod":
      return describeCopy(failure);
    case "marker-mismatch":
      return describeForeignMarker(failure);
    case "marker-newer-format":
      return `${failure.path} was written by a later version of Rollcall (schema ${failure.schema}); nothing was changed. Use that version again; or, to run all steps again, move the file away while the pod is down`;
    case "step-not-started":
    case "step-failed":
    case "step-timed-out":
      return `step ${failure.step}: ${describeCommands(failure)}`;
    case "step-not-verified":
      return `step ${failure.step}: ${describeCommands(failure)}; the step is not marked as done`;
    case "marker-bucket-unusable":
      return `cannot use the marker ${failure.path}: ${failure.why}; check the profile's s3 and its credentialsSecret`;
    case "lock-unsafe":
      return `${failure.where} cannot hold a lock: ${failure.why}. Two pods could hold it at once. Set the profile's lock to lease, or use a server with conditional writes`;
    case "lock-unusable":
      return `cannot acquire the lock ${failure.where}: ${failure.why}`;
    case "record-unusable":
      return `cannot use the record ${failure.where}: ${failure.why}`;
    case "wait-timed-out":
      return `${failure.what} waited ${failure.seconds} s for ${failure.waitedFor}; ${getTimeoutRemedy(failure.during)}`;
    case "leave-failed":
      return `${failure.why}; ${LEAVE_REMEDIES[failure.kind]}`;
    case "ring-mismatch":
      return `${failure.why}; nothing was changed`;
    case "state-lost":
      return describeLostState(failure);
    case "join-failed":
      return `${failure.what}: ${failure.why}`;
    case "state-volume-unusable":
      return `cannot use ${failure.path}: ${failure.why}`;
    case "stopped":
      return failure.step === null
        ? "stopped before the first step"
        : `stopped during step ${failure.step}, which runs again at the next start`;
    case "install-failed":
      return failure.why;
    case "unexpected":
      return `${failure.why}; this is an internal error of Rollcall, please report it`;
    default:
      return unreachable(failure);
  }
}

/** What the commands of a step or of a leave did, without the name of the step and without advice. */
export function describeCommands(failure: CommandFailure): string {
  switch (failure.name) {
    case "step-not-started":
      return `${formatArgv(failure.argv)} could not be started: ${failure.why}`;
    case "step-failed":
      return `${failure.run}, then ${failure.verify}`;
    case "step-not-verified":
      return `run exited 0, but ${failure.verify}`;
    case "step-timed-out":
      return `${formatArgv(failure.argv)} exceeded ${failure.seconds} s and was ${
        failure.forced ? "killed (SIGKILL) after ignoring SIGINT" : "stopped with SIGINT"
      }`;
    default:
      return unreachable(failure);
  }
}

/** A ring's member says in its reason what to do (docs/scale-down.md#if-leaving-fails). */
const LEAVE_REMEDIES: Readonly<Record<LeaveKind, string>> = {
  drain: "the pod is not recorded as drained. Correct the cause, then run drain again",
  preStop:
    "the pod is not recorded as having left. It ends all the same and keeps its volume: correct the cause, then scale up again, and the pod comes back and can leave again",
  ring: "the pod is not recorded as having left",
};

function getTimeoutRemedy(during: LeaveKind | "tool" | undefined): string {
  if (during === undefined) return "the kubelet restarts the container, which continues to wait";
  return during === "tool" ? "nothing was changed; run it again later" : LEAVE_REMEDIES[during];
}

/** Chooses the remedy by the system's error code: fsGroup does not help a full volume. */
function getMarkerRemedy(why: string): string {
  const [, code = ""] = /\((E[A-Z]+)\)$/.exec(why) ?? [];
  return MARKER_REMEDIES[code] ?? "check the profile's markers.volume";
}

const NOT_WRITABLE =
  "set the pod's fsGroup, or the profile's runner.position, so that rollcall-init runs after the init container that changes the volume's owner";

const MARKER_REMEDIES: Readonly<Record<string, string>> = {
  EACCES: NOT_WRITABLE,
  EPERM: NOT_WRITABLE,
  ENOSPC: "free space on the volume of the profile's markers.volume, or enlarge it",
  EDQUOT: "free space on the volume of the profile's markers.volume, or raise its quota",
  EROFS: "mount the volume of the profile's markers.volume read-write",
  ENOTSUP: "keep the profile's markers on another volume, or in S3 (store: S3)",
};

function describeLostState({ why, recoveryCommands }: Extract<Failure, { name: "state-lost" }>): string {
  const how = recoveryCommands.length === 0 ? "start the other members first" : "see the commands below";
  return `${why}. It is not started, because its votes and acknowledged writes are lost. Restore the original volume, not an older copy; or evict the member and let it rejoin while the others are healthy: ${how}`;
}

/** Commands that resolve a failure. They are separate from its sentence, which may be truncated. */
export function listRemedies(failure: Failure): readonly string[] {
  if (failure.name === "plan-of-another-pod") return [formatCopyCommand(failure.mine)];
  if (failure.name !== "state-lost") return [];
  return failure.recoveryCommands.length > 0 ? failure.recoveryCommands : [ORDERED_READY_HINT];
}

/** The controller creates no pod above one that is not ready, so the others cannot elect a leader. */
const ORDERED_READY_HINT =
  "With podManagementPolicy OrderedReady no pod above this one is created before it is ready. Then create the StatefulSet anew with " +
  "podManagementPolicy: Parallel, so that the others start and can evict this member (docs/ozone.md, a member or its volume is lost).";

/** The most important part comes first: the termination message has 300 bytes for it. */
function describeCopy({ mine, found }: PlanOfAnotherPod): string {
  return (
    `this is pod ${found}, a copy with the plan of ${mine.namespace}/${mine.pod}; nothing was changed. ` +
    "Create the copy with kubectl debug --keep-init-containers=false. " +
    `Its application then has the original's NodeID ${mine.nodeId}: do not let it write to shared data under that number`
  );
}

const formatCopyCommand = ({ namespace, pod }: Identity): string =>
  `kubectl -n ${namespace} debug ${pod} -it --copy-to=${pod}-debug --keep-init-containers=false`;

function describeForeignMarker({
  path,
  field,
  found,
  mine,
}: Extract<Failure, { name: "marker-mismatch" }>): string {
  return `${path} is the marker of another ${field} (${found}, this pod's is ${mine}); nothing was changed. If the volume does belong to this pod, move the file away while the pod is down`;
}

/** The code of a system error; undefined if it has none. */
export function readSystemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Whether a file operation failed because the file does not exist. */
export const isMissing = (error: unknown): boolean => readSystemCode(error) === "ENOENT";

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOSPC: "the volume is full",
  EDQUOT: "the volume's quota is used up",
  EROFS: "the volume is mounted read-only",
  EACCES: "this user has no permission to write there",
  EPERM: "this user has no permission to write there",
  ENOENT: "the folder does not exist",
  ENOTSUP: "its file system cannot sync to the disk",
  ENOTDIR: "a component of the path is a file or a link, not a folder",
};

/** Describes a file error in plain words, followed by the system's code. */
export function describeFileError(error: unknown): string {
  const code = readSystemCode(error);
  const plain = code === undefined ? undefined : FILE_ERRORS[code];
  const own = error instanceof Error ? error.message : String(error);
  return plain === undefined ? own : `${plain} (${code})`;
}

/** Describes how a command ended, e.g. "verify [test -s /x] exited 1". */
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

/** Formats an argv as one short text. */
export function formatArgv(argv: readonly string[]): string {
  const text = argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");
  return `[${text.length > 120 ? `${text.slice(0, 117)}...` : text}]`;
}

function unreachable(value: never): never {
  throw new Error(`not handled: ${JSON.stringify(value)}`);
}
