// Formats the report of `rollcall doctor` (docs/architecture.md#command-line): checks by group, what mends each fault, and
// the verdict on the last line.
import type { Paint } from "../terminal.ts";
import type { CheckFinding, CheckReport, CheckStatus } from "./report.ts";

const MARKS = { ok: "√", info: "√", warning: "‼", unknown: "‼", fault: "×" } as const;

const WORDS = { info: "note: ", warning: "warning: ", unknown: "unknown: ", fault: "fault: " } as const;

/** What the commands are for. */
const COMMAND_TITLES = { info: "look:", warning: "fix:", unknown: "find out:", fault: "fix:" } as const;

export function formatDoctorReport(reports: readonly CheckReport[], paint: Paint): string {
  const groups = [...new Set(reports.map(({ group }) => group))];
  const sections = groups.map((group) => {
    const lines = reports.filter((each) => each.group === group).flatMap((each) => formatCheck(each, paint));
    return `${group}\n${"-".repeat(group.length)}\n${lines.join("\n")}\n`;
  });
  return `${sections.join("\n")}\n${formatVerdict(reports, paint)}\n`;
}

function formatCheck({ status, message, findings }: CheckReport, paint: Paint): string[] {
  if (status === "ok") return [`${paint("√", "√")} ${message}`];
  return findings.flatMap((finding) => formatFinding(finding, paint));
}

function formatFinding({ status, message, why, commands }: CheckFinding, paint: Paint): string[] {
  const mark = MARKS[status];
  return [
    paint(mark, `${mark} ${WORDS[status]}${message}`),
    ...(why === "" ? [] : [`    ${why}`]),
    ...(commands.length === 0 ? [] : [`    ${COMMAND_TITLES[status]}`]),
    ...commands.map((command) => `      ${command}`),
  ];
}

function formatVerdict(reports: readonly CheckReport[], paint: Paint): string {
  const count = (status: CheckStatus): number => reports.filter((each) => each.status === status).length;
  const counts = (["fault", "unknown", "warning"] as const).flatMap((status) => {
    const found = count(status);
    return found === 0 ? [] : `${found} ${VERDICTS[status]}`;
  });
  if (counts.length === 0) return paint("√", `√ all ${reports.length} checks are good`);
  const mark = count("fault") > 0 ? "×" : "‼";
  const counted = counts.join(", ");
  return paint(
    mark,
    reports.length === 1
      ? `${mark} ${counted}; the other checks were not made`
      : `${mark} ${reports.length} checks: ${counted}`,
  );
}

const VERDICTS = { fault: "with faults", unknown: "unknown", warning: "with warnings" } as const;
