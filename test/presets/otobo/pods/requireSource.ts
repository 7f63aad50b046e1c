// Checkouts of OTOBO's own code, which is not part of this project.
import { existsSync } from "node:fs";
import { join } from "node:path";

/** The folder that a variable names; skips the test where there is none, also in strict mode: nobody can be asked to have it. */
export function requireSource(context: Mocha.Context, variable: string): string {
  const source = process.env[variable] ?? "";
  if (existsSync(join(source, "bin/otobo.Console.pl"))) return source;
  console.log(`SKIPPED: OTOBO's own code: ${variable} names no folder with a checkout of it`);
  return context.skip();
}
