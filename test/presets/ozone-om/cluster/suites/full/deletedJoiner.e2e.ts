// Too long for CI: the joining pod is deleted at each stage of its join, normally and by force.
import { describeDeletions } from "../../deletions.ts";

for (const forced of [false, true]) describeDeletions({ whom: "joiner", forced });
