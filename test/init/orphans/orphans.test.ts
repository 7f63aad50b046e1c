// A few of each: what `npm test` has time for.
import { describeOrphans } from "./table.ts";

describeOrphans({ forests: 1, minutes: 5 });
