// Finds checkouts of OTOBO's own code, which is not part of this project.
import { existsSync } from "node:fs";
import { join } from "node:path";

/** The folder in a variable; skips the test if it is not set, also in strict mode, since a checkout is optional. */
export function requireSource(context: Mocha.Context, variable: string): string {
  const source = process.env[variable] ?? "";
  if (existsSync(join(source, "bin/otobo.Console.pl"))) return source;
  console.log(`SKIPPED: OTOBO's own code: ${variable} names no folder with a checkout of it`);
  return context.skip();
}
