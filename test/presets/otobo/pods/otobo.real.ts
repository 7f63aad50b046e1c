// The same on OTOBO's own code, where a checkout of it is at hand: OTOBO_SRC names its folder. It is not part of this
// project, and CI has none; there the stand-in's tree is what pods run on (standIn.real.ts).

import { describePods } from "./describePods.ts";
import { openOtoboEnvironment } from "./openOtoboEnvironment.ts";
import { requireSource } from "./requireSource.ts";

describePods("pods of otobo, on OTOBO's own code", (context) =>
  openOtoboEnvironment(context, requireSource(context, "OTOBO_SRC")),
);
