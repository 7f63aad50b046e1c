// Builds docs/denials.md: every denial of the scale-down protection as kubectl prints it, from the cases.
import type { AdmissionRequest } from "../../../webhook/admission/review.ts";
import { GUARD_CODES } from "../../../webhook/scaleDown/codes.ts";
import { judge, loadCaseProfiles, type NamedCase, readScaleDownCases } from "./language/judge.ts";
import { buildCaseRequest } from "./language/setOf.ts";

const HEAD = `# Denials of the scale-down protection

Every denial as kubectl prints it. The first sentence says what is denied and why. Then follow what to do, and commands, each under a line
that says what they do: first those that only read, then the safe way. The override comes after them, where there is no safe way or the safe
way may not be possible. An edit of the profile comes last, since it counts for every StatefulSet of the profile.
[Which commands are harmless](scale-down.md#which-commands-are-harmless). The last section has [warnings](#warnings-of-a-scale), which deny
nothing.

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

const WARNINGS_HEAD = `## Warnings of a scale

Nothing is denied. kubectl prints a warning before the line that says what was scaled.`;

/** The warnings of presets, as kubectl prints them: those of the guard itself quote a denial. */
async function renderWarnings(
  given: NamedCase,
  profiles: Awaited<ReturnType<typeof loadCaseProfiles>>,
): Promise<{ readonly code: string; readonly block: string }[]> {
  const judged = await judge(given, profiles);
  if (judged === null || judged.outcome !== null) return [];
  return (judged.answer.warnings ?? []).flatMap((warning) => {
    const [, code] = /^rollcall (RC1\d+ \S+): /.exec(warning) ?? [];
    const block = `${given.name}: ${given.shows}\n\`\`\`\nWarning: ${warning}\n\`\`\``;
    return code === undefined ? [] : [{ code, block }];
  });
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
  const cases = await readScaleDownCases();
  const all = (await Promise.all(cases.map((given) => renderDenial(given, profiles)))).flat();
  const warnings = (await Promise.all(cases.map((given) => renderWarnings(given, profiles)))).flat();
  const warned = Object.entries(Object.groupBy(warnings, ({ code }) => code)).map(
    ([code, found = []]) => `### ${code}\n\n${found.map(({ block }) => block).join("\n\n")}`,
  );
  const sections = Object.entries(GUARD_CODES).flatMap(([rule, { code, says }]) => {
    const shown = all.filter((denial) => denial.rule === rule);
    if (shown.length === 0) return [];
    const blocks = shown.map(
      ({ shows, webhook, message }) =>
        `${shows}\n\`\`\`\nError from server (Forbidden): admission webhook "${webhook}" denied the request: ${message}\n\`\`\``,
    );
    return [`## ${code} ${rule}\n\n${says}\n\n${blocks.join("\n\n")}`];
  });
  return `${HEAD}\n${[...sections, WARNINGS_HEAD, ...warned.sort()].join("\n\n")}\n`;
}
