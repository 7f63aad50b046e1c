// How often a costly property is tried: as often as is claimed where nothing may be skipped, half of it by hand.
export const RUNS = { numRuns: process.env["ROLLCALL_STRICT"] === "1" ? 1_000 : 500 };
