// Whole pods on the stand-in's tree, whose exit codes are as wrong as OTOBO's (docs/research/otobo.md#exit-codes).

import { describePods } from "./describePods.ts";
import { openStandInEnvironment } from "./openStandInEnvironment.ts";

describePods("pods of otobo, on the stand-in's tree", openStandInEnvironment);
