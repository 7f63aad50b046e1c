// The same on OTOBO's own code, where a checkout of it is at hand: OTOBO_SRC names its folder. It is not part of this
// project, and CI has none; there the stand-in's tree is what pods run on (standIn.real.ts).
import { otoboLand } from "./otoboLand.ts";
import { sourceIn } from "./source.ts";
import { describePods } from "./table.ts";

describePods("pods of otobo, on OTOBO's own code", (context) =>
  otoboLand(context, sourceIn(context, "OTOBO_SRC")),
);
