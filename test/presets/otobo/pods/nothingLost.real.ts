// No data is lost, on the stand-in's tree.
import { describeNothingLost } from "./describeNothingLost.ts";
import { openStandInEnvironment } from "./openStandInEnvironment.ts";

describeNothingLost("no data of otobo is lost, on the stand-in's tree", openStandInEnvironment);
