// The table against versitygw, with what takes minutes.
import { startVersitygw } from "../world/s3/versitygw.ts";
import { describeFaulty } from "./describeFaulty.ts";

describeFaulty("versitygw", startVersitygw, { isWhole: true });
