// Nothing is lost, on the stand-in's tree.
import { describeNothingLost } from "./lossTable.ts";
import { standInLand } from "./standInLand.ts";

describeNothingLost("nothing of otobo's is lost, on the stand-in's tree", standInLand);
