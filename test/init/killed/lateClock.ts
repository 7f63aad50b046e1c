// Gives a runner a slow clock. NODE_OPTIONS cannot do this: the launcher does not pass the container's Node.js options
// on.
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RUNNER_FILES } from "../../../init/contract/places.ts";

/** By how many milliseconds the container's clock is slow. */
export const LATE_CLOCK_ENV = "ROLLCALL_TEST_LATE_MS";

/** The launcher passes the container's variables on with the prefix "+". */
const CLOCK = `
const late = Number(process.env["+${LATE_CLOCK_ENV}"] ?? process.env.${LATE_CLOCK_ENV} ?? 0);
const Own = Date;
globalThis.Date = class extends Own {
  constructor(...given) {
    given.length > 0 ? super(...given) : super(Own.now() - late);
  }
  static now() {
    return Own.now() - late;
  }
};
`;

/** Changes the program in a runner's folder, or in a folder of bundles. */
export async function makeClockLate(folder: string): Promise<void> {
  const program = join(folder, RUNNER_FILES.program);
  await rename(program, join(folder, "real.cjs"));
  await writeFile(join(folder, "clock.cjs"), CLOCK);
  await writeFile(program, 'require("./clock.cjs");\nrequire("./real.cjs");\n');
}
