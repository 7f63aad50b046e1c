// The same on OTOBO's own code, if OTOBO_SRC names a checkout. Checkouts are not part of this project, and CI has none;
// standIn.real.ts runs the pods on the stand-in's tree.

import { describePods } from "./describePods.ts";
import { openOtoboEnvironment } from "./openOtoboEnvironment.ts";
import { requireSource } from "./requireSource.ts";

describePods("pods of otobo, on OTOBO's own code", (context) =>
  openOtoboEnvironment(context, requireSource(context, "OTOBO_SRC")),
);
