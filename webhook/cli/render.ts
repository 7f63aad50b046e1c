// `rollcall render`: prints the pods of a StatefulSet as the webhook would change them, without a cluster.
import { stringify } from "yaml";
import type { AdmissionAnswer } from "../admission/answer.ts";
import { buildPod, readOrdinals } from "../kubernetes/statefulSetPods.ts";
import { type ActiveConfig, deferPendingDenial } from "../mutation/decidePod.ts";
import { listWarnings, wouldDeny } from "../mutation/reviewPod.ts";
import { DEFAULT_CONTROLLER_USERS } from "../mutation/settings.ts";
import { simulatePod } from "../validation/simulatePod.ts";
import { reviewOffline } from "./applied.ts";
import { CLI_EXIT, type CliExit } from "./ending.ts";
import { INIT_IMAGE } from "./initImage.ts";
import { FILE_HELP, FILE_OPTIONS, parseFormat, parseWords } from "./options.ts";
import { patchCopy } from "./patchCopy.ts";
import { selectOrdinals } from "./selectOrdinals.ts";
import { readWorkloads, type Workload } from "./workload.ts";

const HELP = `rollcall render -f FILE: print each pod as the webhook would change it, without a cluster

${FILE_HELP}
      --ordinals LIST   only these ordinals, e.g. 0,2 or 0-4
      --init-image REF  the init image of your installation (default: ${INIT_IMAGE})
  -o, --output FORMAT   yaml (one document for each pod) or json

Denials and warnings are printed to standard error.

Exit codes: 0 allowed, 1 denied, 2 usage or bad input.
`;

interface RenderResult {
  pods: unknown[];
  warnings: string[];
  /** `pod` names what was denied: the pod, or the StatefulSet */
  denials: { pod: string; rule: string; code: string; message: string }[];
}

export async function render(argv: readonly string[]): Promise<CliExit> {
  const options = parseWords(argv, {
    ...FILE_OPTIONS,
    ordinals: { type: "string" },
    "init-image": { type: "string" },
  });
  if (options.help) {
    process.stdout.write(HELP);
    return CLI_EXIT.ok;
  }
  const format = parseFormat(options.output, ["yaml", "json"]);
  const { workloads, profiles } = await readWorkloads({ ...options, command: "render" });
  const initImage = { name: options["init-image"] ?? INIT_IMAGE };
  const config: ActiveConfig = {
    profiles,
    settings: { initImage, controllerUsers: DEFAULT_CONTROLLER_USERS },
  };
  const rendered: RenderResult = { pods: [], warnings: [], denials: [] };
  for (const [index, workload] of workloads.entries()) {
    const before = rendered.denials.length;
    renderSet(workload, options.ordinals, config, rendered);
    const answer = await reviewOffline(workload, workloads.slice(0, index), config);
    rendered.warnings.push(...(answer.warnings ?? []));
    // denials of its pods are reported already
    if (!answer.allowed && rendered.denials.length === before)
      rendered.denials.push(toRenderedDenial(workload, answer));
  }

  for (const warning of new Set(rendered.warnings)) process.stderr.write(`Warning: ${warning}\n`);
  for (const { pod, rule, code, message } of rendered.denials)
    process.stderr.write(`denied: ${pod}: rollcall ${code} ${rule}: ${message}\n`);
  process.stdout.write(
    format === "json"
      ? `${JSON.stringify(rendered, null, 2)}\n`
      : rendered.pods.map((pod) => `---\n${stringify(pod, STYLE)}`).join(""),
  );
  return rendered.denials.length > 0 ? CLI_EXIT.no : CLI_EXIT.ok;
}

/** compat: kubectl reads YAML 1.1, where an unquoted yes is a boolean. */
const STYLE = { aliasDuplicateObjects: false, lineWidth: 0, compat: "yaml-1.1" } as const;

function renderSet(
  { set, namespace }: Workload,
  selection: string | undefined,
  config: ActiveConfig,
  into: RenderResult,
): void {
  for (const ordinal of selectOrdinals(selection, readOrdinals(set))) {
    // reviewOffline reports denials that another webhook may still prevent
    const decision = deferPendingDenial(simulatePod(set, namespace, ordinal, config));
    const pod = buildPod(set, namespace, ordinal);
    if (decision.is === "denied" && decision.mode === "enforce") {
      into.denials.push({ pod: `pod ${namespace}/${set.metadata.name}-${ordinal}`, ...decision.denial });
    } else if (decision.is === "denied") {
      into.warnings.push(wouldDeny(decision.denial));
      into.pods.push(pod);
    } else if (decision.is === "injected") {
      into.warnings.push(...listWarnings(decision));
      into.pods.push(decision.profile.mode === "warn" ? pod : patchCopy(pod, decision.injection.operations));
    }
  }
}

function toRenderedDenial(
  { set, namespace }: Workload,
  { status, auditAnnotations = {} }: AdmissionAnswer,
): RenderResult["denials"][number] {
  const { rule = "", code = "" } = auditAnnotations;
  const message = (status?.message ?? "").replace(`rollcall ${code} ${rule}: `, "");
  return { pod: `StatefulSet ${namespace}/${set.metadata.name}`, rule, code, message };
}
