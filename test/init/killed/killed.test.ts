// A few rounds, against our stand-in for an S3 server, for `npm test`.
import { startStandIn } from "../world/s3/standIn.ts";
import { describeKilled } from "./table.ts";

describeKilled({
  server: "our stand-in for an S3 server",
  start: () => startStandIn(),
  kills: 2,
  stops: 1,
  lanes: 1,
  minutes: 4,
});
