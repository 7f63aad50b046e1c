// On arm64, with an emulator, which is about thirty times slower.
import { needsArm64 } from "../needsArm64.ts";
import { describeCopied } from "./table.ts";

describeCopied({ arch: "arm64", roots: ["glibc", "bare"], needs: needsArm64, minutes: 20 });
