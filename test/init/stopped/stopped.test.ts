// A few stops, for `npm test`.
import { describeStopped } from "./table.ts";

describeStopped({ stops: 8, minutes: 3 });
