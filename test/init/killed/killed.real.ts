// The claimed number of rounds, against versitygw.
import { startVersitygw } from "../world/s3/versitygw.ts";
import { describeKilled } from "./table.ts";

describeKilled({ server: "versitygw", start: startVersitygw, kills: 200, stops: 50, lanes: 5, minutes: 60 });
