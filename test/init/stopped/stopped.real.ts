// The claimed number of stops.
import { describeStopped } from "./table.ts";

describeStopped({ stops: 200, minutes: 30 });
