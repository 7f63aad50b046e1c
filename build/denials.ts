// Writes webhook/guard/DENIALS.md, every denial as users see it, from the guard's cases: node build/denials.ts
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { GUARD_CODES } from "../webhook/guard/codes.ts";
import { caseProfiles, judge, type NamedCase, readCases } from "./denials/judged.ts";

export const DENIALS = fileURLToPath(new URL("../webhook/guard/DENIALS.md", import.meta.url));

const HEAD = `# Every denial of the guard

Made from \`test/guard/cases\` by \`node build/denials.ts\`; a test says when it is not current. Read it as the person who
gets one of them at three in the morning: what, why, and the command that makes it right.
`;

/** The name of the webhook as kubectl prints it. */
const WEBHOOK = "statefulsets.validate.rollcall.dev";

interface Denial {
  readonly code: string;
  readonly rule: string;
  readonly shows: string;
  readonly message: string;
}

async function denialOf(given: NamedCase, profiles: Awaited<ReturnType<typeof caseProfiles>>) {
  const judged = await judge(given, profiles);
  if (judged?.told?.is !== "denied") return [];
  const { rule, code } = judged.told.denial;
  const denial: Denial = { code, rule, shows: `${given.name}: ${given.shows}`, message: judged.told.message };
  return [denial];
}

/** The whole file as it must be. */
export async function denialsFile(): Promise<string> {
  const profiles = await caseProfiles();
  const all = (await Promise.all((await readCases()).map((given) => denialOf(given, profiles)))).flat();
  const sections = Object.entries(GUARD_CODES).flatMap(([rule, { code, says }]) => {
    const shown = all.filter((denial) => denial.rule === rule);
    if (shown.length === 0) return [];
    const blocks = shown.map(
      ({ shows, message }) =>
        `${shows}\n\`\`\`\nError from server (Forbidden): admission webhook "${WEBHOOK}" denied the request: ${message}\n\`\`\``,
    );
    return [`## ${code} ${rule}\n\n${says}\n\n${blocks.join("\n\n")}`];
  });
  return `${HEAD}\n${sections.join("\n\n")}\n`;
}

if (import.meta.main) await writeFile(DENIALS, await denialsFile());
