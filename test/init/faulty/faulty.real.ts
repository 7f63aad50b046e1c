// The table against versitygw, including cases that take minutes.
import { startVersitygw } from "../world/s3/versitygw.ts";
import { describeFaulty } from "./describeFaulty.ts";

describeFaulty("versitygw", startVersitygw, { isWhole: true });
