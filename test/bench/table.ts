// The benchmark's output.
import type { Growth, MeasuredCost } from "./growth.ts";
import type { Throughput } from "./throughput.ts";

const NAME_WIDTH = 48;
const CELL_WIDTH = 22;

/** The head of a table. @param sizes in bytes */
export function printHead(sizes: readonly number[]): string {
  const cells = sizes.map((bytes) => `${bytes / 1024} KiB`.padEnd(CELL_WIDTH));
  return (
    "milliseconds of CPU, / the longest blocking of the event loop besides JSON.parse, and the outcome; (rejected) by a bound\n" +
    `${"".padEnd(NAME_WIDTH)}${cells.join("")}`.trimEnd()
  );
}

export function printGrowth({ name, costs }: Growth): string {
  const cells = costs.map((cost) => printCost(cost).padEnd(CELL_WIDTH));
  return `${name.padEnd(NAME_WIDTH)}${cells.join("")}`.trimEnd();
}

function printCost({ cpuMs, stretchMs, outcome, isRefused }: MeasuredCost): string {
  const stretch = stretchMs === null ? "" : `/${printMs(stretchMs)}`;
  return `${printMs(cpuMs)}${stretch} ${isRefused ? `(${outcome})` : outcome}`;
}

const printMs = (milliseconds: number): string => milliseconds.toFixed(milliseconds < 10 ? 1 : 0);

export function printThroughput({ bodyBytes, answerBytes, floor, webhook, share }: Throughput): string {
  const kb = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;
  return (
    `throughput of reviews of ${kb(bodyBytes)} with answers of ${kb(answerBytes)}: per second of CPU the floor answers ` +
    `${floor.toFixed(0)}, the webhook ${webhook.toFixed(0)}; ${share.toFixed(2)} of the floor`
  );
}
