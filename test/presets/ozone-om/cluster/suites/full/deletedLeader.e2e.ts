// Too long for CI: the leader's pod is deleted at each stage of a join, as a user would and by force (issue 11: 5).
import { describeDeletions } from "../../deletions.ts";

for (const forced of [false, true]) describeDeletions({ whom: "leader", forced });
