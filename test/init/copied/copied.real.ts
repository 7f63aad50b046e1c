// On arm64, by an emulator, which takes some thirty times as long.
import { needsArm64 } from "../needsArm64.ts";
import { describeCopied } from "./table.ts";

describeCopied({ arch: "arm64", roots: ["glibc", "bare"], needs: needsArm64, minutes: 20 });
