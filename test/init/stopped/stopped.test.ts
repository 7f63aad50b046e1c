// A few of each: what `npm test` has time for.
import { describeStopped } from "./table.ts";

describeStopped({ stops: 8, minutes: 3 });
