// `rollcall try`: a StatefulSet through the real HTTPS server, without a cluster.
import { ordinalsOf } from "../../inject/pods.ts";
import { CLI_EXIT, type CliExit } from "../ending.ts";
import { INIT_IMAGE } from "../initImage.ts";
import { FILE_HELP, FILE_OPTIONS, formatOf, parseWords } from "../options.ts";
import { ordinalsAsked } from "../ordinals.ts";
import { readWorkloads, type Workload } from "../workload.ts";
import { ownerOfSteps } from "./owner.ts";
import { openStage, type Stage } from "./stage.ts";
import { type PodStory, storyOf, storyStandIns, storyTable, storyVerdict } from "./story.ts";

const HELP = `rollcall try -f FILE: plays a StatefulSet through the real HTTPS server, without a cluster

${FILE_HELP}
      --run-steps       run the init steps as local processes, with folders for volumes; a word, env value or
                        working directory that begins with a mountPath gets the volume's folder instead; for
                        release steps a small stand-in of the API server holds Leases; markers in S3 need a
                        server that can be reached from here
      --as-root         started as root, run the steps as root too (else as uid 65534)
      --ordinals LIST   only these, e.g. 0,2 or 0-4
  -o, --output FORMAT   text or json

Exit codes: 0 all allowed and done, 1 something was denied or a step failed, 2 bad input, 3 could not find out.
`;

export interface TryReport {
  pods: PodStory[];
  warnings: string[];
  denials: { object: string; message: string }[];
}

export async function tryOut(argv: readonly string[]): Promise<CliExit> {
  const options = parseWords(argv, {
    ...FILE_OPTIONS,
    "run-steps": { type: "boolean", default: false },
    "as-root": { type: "boolean", default: false },
    ordinals: { type: "string" },
  });
  if (options.help) {
    process.stdout.write(HELP);
    return CLI_EXIT.ok;
  }
  const format = formatOf(options.output, ["text", "json"]);
  const { workloads, profiles } = await readWorkloads(options);
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const stage = await openStage({
    profiles,
    initImage: INIT_IMAGE,
    owner: ownerOfSteps(options["as-root"]),
    stop: stop.signal,
  });
  const report: TryReport = { pods: [], warnings: [], denials: [] };
  try {
    for (const workload of workloads) {
      const ordinals = ordinalsAsked(options.ordinals, ordinalsOf(workload.set));
      await playSet({ stage, workload, ordinals, runSteps: options["run-steps"], report, stop: stop.signal });
    }
  } finally {
    await stage.close();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
  const ok =
    report.denials.length === 0 && report.pods.every(({ failed }) => !failed) && !stop.signal.aborted;
  process.stdout.write(
    format === "json" ? `${JSON.stringify({ ok, ...report }, null, 2)}\n` : storyTable(report.pods),
  );
  const standIns = storyStandIns(report.pods);
  if (standIns !== null) process.stderr.write(`${standIns}\n`);
  process.stderr.write(`${stop.signal.aborted ? "interrupted" : storyVerdict(report)}\n`);
  return ok ? CLI_EXIT.ok : CLI_EXIT.no;
}

interface PlayInput {
  stage: Stage;
  workload: Workload;
  ordinals: readonly number[];
  runSteps: boolean;
  report: TryReport;
  stop: AbortSignal;
}

async function playSet({ stage, workload, ordinals, runSteps, report, stop }: PlayInput): Promise<void> {
  const { set, namespace } = workload;
  const applied = await stage.apply(workload);
  for (const warning of applied.warnings) tell(report, warning);
  if (!applied.allowed) {
    refuse(report, `StatefulSet ${namespace}/${set.metadata.name}`, applied.message);
    return;
  }
  for (const ordinal of ordinals) {
    if (stop.aborted) return;
    const admitted = await stage.create(workload, ordinal);
    for (const warning of admitted.warnings) tell(report, warning);
    if (admitted.pod === null) {
      refuse(report, `pod ${namespace}/${admitted.name}`, admitted.denial);
      continue;
    }
    const log = (line: string): void => void process.stderr.write(`${admitted.name} | ${line}\n`);
    const init = runSteps ? await stage.start(admitted.pod, log) : null;
    report.pods.push(storyOf(admitted, namespace, init));
  }
}

function tell(report: TryReport, warning: string): void {
  if (report.warnings.includes(warning)) return;
  report.warnings.push(warning);
  process.stderr.write(`Warning: ${warning}\n`);
}

function refuse(report: TryReport, object: string, message: string | null): void {
  report.denials.push({ object, message: message ?? "denied" });
  process.stderr.write(`denied: ${object}: ${message ?? ""}\n`);
}
