// On this machine's architecture, in every root.
import { ownArch } from "../../../build/images/arch.ts";
import { ROOTS, type RootName } from "../roots.ts";
import { describeCopied } from "./table.ts";

describeCopied({ arch: ownArch(), roots: Object.keys(ROOTS) as RootName[], minutes: 2 });
