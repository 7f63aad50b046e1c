// With this machine's architecture, in every root.
import { detectArch } from "../../../build/images/arch.ts";
import { ROOTS, type RootName } from "../roots.ts";
import { describeCopied } from "./table.ts";

describeCopied({ arch: detectArch(), roots: Object.keys(ROOTS) as RootName[], minutes: 2 });
