// Too long for CI: the leader's pod is deleted at each stage of a join, normally and by force.
import { describeDeletions } from "../../deletions.ts";

for (const forced of [false, true]) describeDeletions({ whom: "leader", forced });
