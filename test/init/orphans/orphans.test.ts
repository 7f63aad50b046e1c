// A few forests, for `npm test`.
import { describeOrphans } from "./table.ts";

describeOrphans({ forests: 1, minutes: 5 });
