// `rollcall try`: sends a StatefulSet to the webhook's HTTPS server, without a cluster.

import { formatPolicyName } from "../../../init/contract/plan.ts";
import { PROFILE_LABEL } from "../../kubernetes/names.ts";
import { readOrdinals } from "../../kubernetes/statefulSetPods.ts";
import type { Profile } from "../../profiles/profile.ts";
import type { Profiles } from "../../profiles/profileSet.ts";
import { BadInput, CLI_EXIT, type CliExit } from "../ending.ts";
import { INIT_IMAGE } from "../initImage.ts";
import { FILE_HELP, FILE_OPTIONS, parseFormat, parseWords } from "../options.ts";
import { selectOrdinals } from "../selectOrdinals.ts";
import { readWorkloads, type Workload } from "../workload.ts";
import { startEmulator } from "./emulator.ts";
import { formatStandIns, formatStory, formatVerdict, judgeReport } from "./formatStory.ts";
import { warnOfRepeatedSteps } from "./repeatedSteps.ts";
import { selectStepOwner } from "./selectStepOwner.ts";
import { addWarning, canLeave, simulateSet, type TryOptions } from "./simulateSet.ts";
import type { TryReport } from "./story.ts";

const HELP = `rollcall try -f FILE: send a StatefulSet to a local webhook server, without a cluster

${FILE_HELP}
      --run-steps       run the init steps as local processes in a mount namespace: each volume is a folder at its
                        mountPath, /tmp is empty, and the rest is this machine's file system, read-only. If no
                        namespace can be created (not Linux, or no permission), no step runs without --network, exit
                        3. A stand-in for the API server stores Leases
      --network         let the steps use this machine's network: what they change elsewhere, such as a database, is
                        really changed. Default: a network namespace with a loopback of its own only; Unix sockets of
                        this machine outside of /tmp stay reachable. Needed for markers in S3. Where no namespace can
                        be created, arguments that are paths on a volume are translated, and other text that contains
                        a mountPath is refused with exit 3
      --again           then run the recreated pods, and pods of a new release (another image), to show which steps
                        are repeated; implies --run-steps
      --leave           then scale down by one, to show whether that is denied, and run leave and its verify in the
                        removed pod, for the policies Drained and Managed; implies --run-steps
      --skip-steps      with --leave: start the pods without their steps
      --as-root         if started as root, run the steps as root (default: as uid 65534)
      --ordinals LIST   only these ordinals, e.g. 0,2 or 0-4
  -o, --output FORMAT   text or json

Examples:
  rollcall try -f statefulset.yaml --profiles profiles.yaml
  rollcall try -f statefulset.yaml --profiles profiles.yaml --ordinals 0 --run-steps --again --leave

JSON is {ok, pods, again, leave, warnings, denials}.

A step is tried once, whatever its retries; after a failed one no further pod is created. A step whose program is not
on this machine is listed as not run. A step of scope Release that runs in several pods for
one release is a warning.

Exit codes: 0 all allowed and done, 1 denied or a step failed, 2 usage or bad input, 3 not possible on this machine, such as
with --leave a leave command whose program is missing.
`;

export async function tryCommand(argv: readonly string[]): Promise<CliExit> {
  const options = parseWords(argv, {
    ...FILE_OPTIONS,
    "run-steps": { type: "boolean", default: false },
    again: { type: "boolean", default: false },
    leave: { type: "boolean", default: false },
    "as-root": { type: "boolean", default: false },
    network: { type: "boolean", default: false },
    "skip-steps": { type: "boolean", default: false },
    ordinals: { type: "string" },
  });
  if (options.help) {
    process.stdout.write(HELP);
    return CLI_EXIT.ok;
  }
  const format = parseFormat(options.output, ["text", "json"]);
  const { workloads, profiles } = await readWorkloads({ ...options, command: "try" });
  const wanted = readRounds(options);
  if (wanted.leave) checkLeaving(workloads, profiles);
  checkNetwork(workloads, profiles, { ...wanted, network: options.network });
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  for (const signal of SIGNALS) process.once(signal, interrupt);
  const stage = await startEmulator({
    profiles,
    initImage: INIT_IMAGE,
    owner: selectStepOwner(options["as-root"]),
    network: options.network,
    stop: stop.signal,
  });
  const report: TryReport = { pods: [], again: [], leave: [], warnings: [], denials: [] };
  try {
    for (const workload of workloads) {
      const ordinals = selectOrdinals(options.ordinals, readOrdinals(workload.set));
      await simulateSet({ stage, workload, profiles, ordinals, wanted, report, stop: stop.signal });
    }
  } finally {
    await stage.close();
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
  for (const warning of warnOfRepeatedSteps(report)) addWarning(report, warning);
  const outcome = stop.signal.aborted ? "bad" : judgeReport(report);
  const ok = outcome === "good";
  process.stdout.write(
    format === "json" ? `${JSON.stringify({ ok, ...report }, null, 2)}\n` : formatStory(report),
  );
  const standIns = formatStandIns(report);
  if (standIns !== null) process.stderr.write(`${standIns}\n`);
  process.stderr.write(`${stop.signal.aborted ? "interrupted" : formatVerdict(report)}\n`);
  return EXIT_BY_OUTCOME[outcome];
}

function readRounds({
  "run-steps": runSteps,
  "skip-steps": skipSteps,
  again,
  leave,
}: Record<"run-steps" | "skip-steps" | "again" | "leave", boolean>): TryOptions {
  if (skipSteps && (!leave || again || runSteps))
    throw new BadInput("--skip-steps needs --leave, and excludes --again and --run-steps");
  return { runSteps: runSteps || again || leave, skipSteps, again, leave };
}

const EXIT_BY_OUTCOME = { good: CLI_EXIT.ok, bad: CLI_EXIT.no, unknown: CLI_EXIT.unknown } as const;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const selectProfiles = (workloads: readonly Workload[], profiles: Profiles): Profile[] =>
  workloads.flatMap(
    ({ set }) => profiles.get(set.spec.template.metadata?.labels?.[PROFILE_LABEL] ?? "") ?? [],
  );

/** Says which network the steps have. @throws BadInput if the runner needs a network that it would not have */
function checkNetwork(
  workloads: readonly Workload[],
  profiles: Profiles,
  { runSteps, network }: { runSteps: boolean; network: boolean },
): void {
  if (!runSteps) return;
  const stored = selectProfiles(workloads, profiles).find(({ work }) => work !== null && work.s3 !== null);
  if (!network && stored !== undefined)
    throw new BadInput(`--run-steps: the runner of profile ${stored.name} uses S3, so add --network`);
  process.stderr.write(
    network
      ? "note: the steps use this machine's network: what they change elsewhere, such as a database, is really changed\n"
      : "note: the steps have no network but their own loopback; --network lets them use this machine's\n",
  );
}

function checkLeaving(workloads: readonly Workload[], profiles: Profiles): void {
  const selected = selectProfiles(workloads, profiles);
  if (selected.some(canLeave)) return;
  const [first] = selected;
  if (first === undefined) return;
  const { name, drop } = first;
  throw new BadInput(
    `--leave: pods do not leave, since scaleDown.policy of profile ${name} is ${formatPolicyName(drop.policy)}; set ` +
      `scaleDown: {policy: Managed, minReplicas: 1, leave: {run: …, verify: …}}, or Drained, in the profile`,
  );
}
