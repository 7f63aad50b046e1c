// The table against our stand-in: what `npm test` can show with npm alone.
import { startStandIn } from "./standIn.ts";
import { describeObjects } from "./table.ts";

describeObjects("our stand-in for an S3 server", () => startStandIn());
