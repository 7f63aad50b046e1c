// The programs as tests start them: `npm test` over all files uses bundles, built once, which start in a fifth of the
// time; a run of a few files uses the sources.
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the bundles, for the workers. */
export const PROGRAMS_ENV = "ROLLCALL_TEST_PROGRAMS";

/** The folder of the bundles; null if the sources are used. */
export const BUNDLED: string | null = process.env[PROGRAMS_ENV] ?? null;

const source = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The command `rollcall`; its launcher is tested in package.test.ts. */
export const CLI = BUNDLED === null ? source("build/bin/rollcall.js") : join(BUNDLED, "cli.mjs");

/** The runner's program. */
export const RUNNER = BUNDLED === null ? source("init/commands/main.ts") : join(BUNDLED, "rollcall.cjs");
