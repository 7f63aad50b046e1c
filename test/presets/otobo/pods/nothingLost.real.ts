// Nothing is lost, on the stand-in's tree.
import { describeNothingLost } from "./describeNothingLost.ts";
import { openStandInEnvironment } from "./openStandInEnvironment.ts";

describeNothingLost("nothing of otobo's is lost, on the stand-in's tree", openStandInEnvironment);
