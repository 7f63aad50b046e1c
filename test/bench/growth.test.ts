// The benchmark's bounds, and their independence of a busy machine.
import assert from "node:assert/strict";
import { type Cost, findFaults, type MeasuredCost, measureGrowth } from "./growth.ts";

const KIB = 1024;
const done: Cost = { cpuMs: 1, parseMs: 0, stretchMs: 1, outcome: "done", isRefused: false };
const measured = (...costs: readonly Partial<MeasuredCost>[]): MeasuredCost[] =>
  costs.map((cost, index) => ({ kib: 100 * 2 ** index, ...done, ...cost }));

describe("the bounds of the benchmark", () => {
  const CASES: readonly [what: string, costs: MeasuredCost[], faults: RegExp | null][] = [
    ["work that doubles with its size", measured({ cpuMs: 20 }, { cpuMs: 45 }, { cpuMs: 90 }), null],
    [
      "work that is quadratic",
      measured({ cpuMs: 20 }, { cpuMs: 80 }),
      /^x: 200 KiB take 80 ms beside JSON.parse, 4\.0 times as long/,
    ],
    [
      "work that is quadratic by JSON.parse alone",
      measured({ cpuMs: 60, parseMs: 30 }, { cpuMs: 180, parseMs: 120 }),
      null,
    ],
    [
      "work that is quadratic beside JSON.parse",
      measured({ cpuMs: 60, parseMs: 30 }, { cpuMs: 180, parseMs: 60 }),
      /^x: 200 KiB take 120 ms beside JSON.parse, 4\.0 times as long/,
    ],
    ["work of which the smaller took less than 20 ms", measured({ cpuMs: 19 }, { cpuMs: 80 }), null],
    ["a refusal after work that was done", measured({ cpuMs: 20 }, { cpuMs: 80, isRefused: true }), null],
    [
      "a refusal that is quadratic",
      measured({ cpuMs: 20, isRefused: true }, { cpuMs: 80, isRefused: true }),
      /^x: 200 KiB take 80 ms/,
    ],
    ["a stretch of 50 ms", measured({ stretchMs: 50 }), null],
    ["a stretch of 51 ms", measured({ stretchMs: 51 }), /^x: 100 KiB keep the event loop for 51 ms at once$/],
    ["a stretch of a program that serves no requests", measured({ stretchMs: null }), null],
  ];
  for (const [what, costs, faults] of CASES) {
    it(`${faults === null ? "hold for" : "do not hold for"} ${what}`, () => {
      const found = findFaults("x", costs);
      if (faults === null) assert.deepEqual(found, []);
      else {
        assert.equal(found.length, 1);
        assert.match(found[0] ?? "", faults);
      }
    });
  }

  /** Work that takes these times in turn, and then the last one forever. */
  const working = (stretches: readonly number[]) => {
    let at = 0;
    const work = (): Promise<Cost> => {
      const stretchMs = stretches[Math.min(at, stretches.length - 1)] ?? 0;
      at += 1;
      return Promise.resolve({ ...done, stretchMs });
    };
    return measureGrowth({ name: "x", work }, { sizes: [KIB], rounds: 3 });
  };

  it("compare medians, so that one slow round does not count", async () => {
    const { costs, faults } = await working([10, 90, 10]);
    assert.deepEqual([costs[0]?.stretchMs, faults], [10, []]);
  });

  it("are measured again before a failure is reported", async () => {
    assert.deepEqual((await working([90, 90, 90, 90, 90, 90, 10])).faults, []);
    assert.equal((await working([90])).faults.length, 1);
  });
});
