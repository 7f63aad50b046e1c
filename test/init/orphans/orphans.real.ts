// The numbers that are claimed.
import { describeOrphans } from "./table.ts";

describeOrphans({ forests: 25, minutes: 60 });
