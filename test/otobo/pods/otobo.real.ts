// The same on OTOBO's own code, where a checkout of it is at hand: OTOBO_SRC names its folder. It is not part of this
// project, and CI has none; there the stand-in's tree is what pods run on (standIn.real.ts).
import { existsSync } from "node:fs";
import { join } from "node:path";
import { otoboLand } from "./otoboLand.ts";
import { describePods } from "./table.ts";

const source = process.env["OTOBO_SRC"] ?? "";

describePods("pods of otobo, on OTOBO's own code", (context) => {
  if (existsSync(join(source, "bin/otobo.Console.pl"))) return otoboLand(context, source);
  // said in strict mode, too: nobody can be asked to have it (issue 9)
  console.log("SKIPPED: OTOBO's own code: OTOBO_SRC names no folder with a checkout of it");
  return context.skip();
});
