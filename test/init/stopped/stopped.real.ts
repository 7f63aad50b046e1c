// The numbers that are claimed.
import { describeStopped } from "./table.ts";

describeStopped({ stops: 200, minutes: 30 });
