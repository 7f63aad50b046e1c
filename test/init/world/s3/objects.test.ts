// The table against our stand-in, which needs only npm.
import { startStandIn } from "./standIn.ts";
import { describeObjects } from "./table.ts";

describeObjects("our stand-in for an S3 server", () => startStandIn());
