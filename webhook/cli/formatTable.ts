// Tables in the style of kubectl: upper-case headers, three spaces between columns, no lines.

/** Formats a table without columns that are empty in all rows (docs/architecture.md#command-line). */
export function formatTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = heads
    .map((_, column) => column)
    .filter((column) => rows.some((row) => (row[column] ?? "") !== ""));
  const lines = [heads, ...rows].map((row) => shown.map((column) => row[column] ?? ""));
  const widths = shown.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? "").length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join("   ")
          .trimEnd()}\n`,
    )
    .join("");
}
