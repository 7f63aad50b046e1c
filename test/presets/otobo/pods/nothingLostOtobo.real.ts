// Nothing is lost, on OTOBO's own code of each version that a checkout is at hand of: OTOBO_SRC_10_1, OTOBO_SRC_11_0 and
// OTOBO_SRC_11_1 name their folders. They are not part of this project, and CI has none (nothingLost.real.ts).
import { describeNothingLost } from "./describeNothingLost.ts";
import { openOtoboEnvironment } from "./openOtoboEnvironment.ts";
import { requireSource } from "./requireSource.ts";

for (const version of ["10_1", "11_0", "11_1"]) {
  describeNothingLost(
    `nothing of otobo's is lost, on OTOBO's own code of ${version.replace("_", ".")}`,
    (context) => openOtoboEnvironment(context, requireSource(context, `OTOBO_SRC_${version}`)),
  );
}
