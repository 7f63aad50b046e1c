// `rollcall post-render`: changes the manifests of a Helm chart for Rollcall, as Helm's post-renderer.

import { WEBHOOK_PRESETS } from "../../../presets/webhook.ts";
import { dnsLabel, dnsName } from "../../profiles/fields.ts";
import { readText } from "../documents.ts";
import { BadInput, CLI_EXIT, type CliExit } from "../ending.ts";
import { parseWords } from "../options.ts";
import { changeManifests } from "./changeManifests.ts";

const HELP = `rollcall post-render --profile NAME: change the manifests of a Helm chart for Rollcall, as Helm's post-renderer

It reads the manifests from standard input and prints them with these changes; all other text stays as it is:
  - the pods of the StatefulSet get the label rollcall.dev/profile and a service account
  - its Service publishes the addresses of pods that are not ready
  - init containers and hooks of the chart that do what Rollcall does are removed (Ozone: bootstrap, decommission and
    transfer of leadership)
  - ServiceAccount, RoleBinding (to ClusterRole rollcall-member) and PodDisruptionBudget are added where there are none;
    Helm keeps the first two in a rollback or an uninstallation, since members may still need them

      --profile NAME           the RollcallProfile
      --name NAME              the StatefulSet; needed if the chart has several
      --service-account NAME   the pods' service account (default: that of the chart, or the name of the StatefulSet)
      --selector               also add the label to the selector: for a new release only, since selectors cannot change
      --patch-only             add no objects
      --no-hooks               the same option is given to Helm, so the chart's hooks do not run

Helm 3 passes no hooks to a post-renderer. If the chart would run hooks that conflict with Rollcall, post-render names
them and fails, so that nothing is applied, until --no-hooks says that Helm does not run them. Helm 4 passes them, and
they are removed.

Examples:
  helm template ozone CHART | rollcall post-render --profile ozone --name ozone-om
  helm upgrade ozone CHART --post-renderer rollcall --post-renderer-args post-render \\
    --post-renderer-args --profile=ozone --post-renderer-args --name=ozone-om              (Helm 3)
  helm upgrade ozone CHART --post-renderer rollcall-ozone                                  (Helm 4, a plugin)

Exit codes: 0 ok, 1 the chart's hooks would conflict, 2 usage or bad input.
`;

const OPTIONS = {
  profile: { type: "string" },
  name: { type: "string" },
  "service-account": { type: "string" },
  selector: { type: "boolean", default: false },
  "patch-only": { type: "boolean", default: false },
  "no-hooks": { type: "boolean", default: false },
  help: { type: "boolean", short: "h" },
} as const;

export async function runPostRender(argv: readonly string[]): Promise<CliExit> {
  const words = parseWords(argv, OPTIONS);
  if (words.help) {
    process.stdout.write(HELP);
    return CLI_EXIT.ok;
  }
  const { profile } = words;
  if (profile === undefined) throw new BadInput("missing option: --profile NAME; see --help");
  if (!dnsLabel.safeParse(profile).success)
    throw new BadInput(`--profile takes the name of a RollcallProfile, not ${JSON.stringify(profile)}`);
  const serviceAccount = words["service-account"];
  if (serviceAccount !== undefined && !dnsName.safeParse(serviceAccount).success)
    throw new BadInput(`--service-account takes a name, not ${JSON.stringify(serviceAccount)}`);
  const { text, notes, hiddenHooks } = changeManifests(
    await readText("-"),
    {
      profile,
      name: words.name,
      serviceAccount,
      selector: words.selector,
      patchOnly: words["patch-only"],
    },
    WEBHOOK_PRESETS.flatMap(({ chart }) => chart ?? []),
  );
  if (hiddenHooks.length > 0 && !words["no-hooks"]) {
    process.stderr.write(`rollcall: ${explainHiddenHooks(hiddenHooks)}\n`);
    return CLI_EXIT.no;
  }
  // Helm shows them only if the post-renderer fails
  for (const note of notes) process.stderr.write(`rollcall: ${note}\n`);
  process.stdout.write(text);
  return CLI_EXIT.ok;
}

const explainHiddenHooks = (hooks: readonly string[]): string =>
  `the chart has hooks that change the workload beside Rollcall, and Helm 3 passes no hooks to a post-renderer: ` +
  `${hooks.map((name) => `Job ${name}`).join(", ")}. Nothing was applied. Scale with kubectl first and write that number into the ` +
  `values, so that the chart makes none; or give --no-hooks to Helm and to post-render ` +
  `(helm upgrade --no-hooks --post-renderer-args --no-hooks …).`;
