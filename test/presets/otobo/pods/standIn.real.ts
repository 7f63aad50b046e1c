// Whole pods on the stand-in's tree, whose exit codes lie as OTOBO's do (facts/otobo.md 2.2, 3.2).
import { standInLand } from "./standInLand.ts";
import { describePods } from "./table.ts";

describePods("pods of otobo, on the stand-in's tree", standInLand);
