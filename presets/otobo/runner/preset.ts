// The kind otobo in the runner: its steps are those of the plan, which call the command `otobo`.
import type { PresetRunner } from "../../../init/engine/preset.ts";
import { runOtoboCommand } from "./command.ts";

export const otoboRunner: PresetRunner = { runCommand: runOtoboCommand };
