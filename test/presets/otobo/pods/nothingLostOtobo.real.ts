// No data is lost, on OTOBO's own code of each version with a checkout: OTOBO_SRC_10_1, OTOBO_SRC_11_0 and
// OTOBO_SRC_11_1 name the folders. Checkouts are not part of this project, and CI has none (nothingLost.real.ts).
import { describeNothingLost } from "./describeNothingLost.ts";
import { openOtoboEnvironment } from "./openOtoboEnvironment.ts";
import { requireSource } from "./requireSource.ts";

for (const version of ["10_1", "11_0", "11_1"]) {
  describeNothingLost(
    `no data of otobo is lost, on OTOBO's own code of ${version.replace("_", ".")}`,
    (context) => openOtoboEnvironment(context, requireSource(context, `OTOBO_SRC_${version}`)),
  );
}
