// The number of runs of costly property tests: in full with ROLLCALL_STRICT=1, otherwise half of it.
export const RUNS = { numRuns: process.env["ROLLCALL_STRICT"] === "1" ? 1_000 : 500 };
