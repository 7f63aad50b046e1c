// Builds docs/denials.md: every denial of the scale-down protection as kubectl prints it, from the cases.
import type { AdmissionRequest } from "../../../webhook/admission/review.ts";
import { GUARD_CODES } from "../../../webhook/scaleDown/codes.ts";
import { judge, loadCaseProfiles, type NamedCase, readScaleDownCases } from "./language/judge.ts";
import { buildCaseRequest } from "./language/setOf.ts";

const HEAD = `# Denials of the scale-down protection

Every denial as kubectl prints it. The first sentence says what is denied and why. Then follow what to do, and commands, each under a line
that says what they do: first those that only read, then the safe way. The override comes after them, where there is no safe way or the safe
way may not be possible. An edit of the profile comes last, since it counts for every StatefulSet of the profile.
[Which commands are harmless](scale-down.md#which-commands-are-harmless).

Each example stands under the name of its case and what the case shows. The page is generated from \`test/webhook/scaleDown/cases\` by
\`npm run docs\`.
`;

/**
 * The webhook that denies (manifests/base/webhooks.yaml). The StatefulSets of all cases have the label in their
 * selector.
 */
const webhookFor = ({ subResource }: AdmissionRequest): string =>
  subResource === "scale" ? "scale.validate.rollcall.dev" : "statefulsets.validate.rollcall.dev";

interface Denial {
  readonly code: string;
  readonly rule: string;
  readonly shows: string;
  readonly webhook: string;
  readonly message: string;
}

async function renderDenial(given: NamedCase, profiles: Awaited<ReturnType<typeof loadCaseProfiles>>) {
  const judged = await judge(given, profiles);
  if (judged?.outcome?.is !== "denied") return [];
  const { rule, code } = judged.outcome.denial;
  const denial: Denial = {
    code,
    rule,
    shows: `${given.name}: ${given.shows}`,
    webhook: webhookFor(buildCaseRequest(given).request),
    message: judged.answer.status?.message ?? "",
  };
  return [denial];
}

/** The content of the file. */
export async function renderDenialsDocument(): Promise<string> {
  const profiles = await loadCaseProfiles();
  const all = (
    await Promise.all((await readScaleDownCases()).map((given) => renderDenial(given, profiles)))
  ).flat();
  const sections = Object.entries(GUARD_CODES).flatMap(([rule, { code, says }]) => {
    const shown = all.filter((denial) => denial.rule === rule);
    if (shown.length === 0) return [];
    const blocks = shown.map(
      ({ shows, webhook, message }) =>
        `${shows}\n\`\`\`\nError from server (Forbidden): admission webhook "${webhook}" denied the request: ${message}\n\`\`\``,
    );
    return [`## ${code} ${rule}\n\n${says}\n\n${blocks.join("\n\n")}`];
  });
  return `${HEAD}\n${sections.join("\n\n")}\n`;
}
