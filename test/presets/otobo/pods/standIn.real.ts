// Whole pods on the stand-in's tree, whose exit codes lie as OTOBO's do (docs/research/otobo.md#exit-codes).
import { standInLand } from "./standInLand.ts";
import { describePods } from "./table.ts";

describePods("pods of otobo, on the stand-in's tree", standInLand);
