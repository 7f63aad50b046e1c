// The claimed number of forests.
import { describeOrphans } from "./table.ts";

describeOrphans({ forests: 25, minutes: 60 });
