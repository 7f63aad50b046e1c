// The kind otobo in the runner: the plan's steps call the command `otobo`.
import type { PresetRunner } from "../../../init/engine/preset.ts";
import { runOtoboCommand } from "./command.ts";

export const otoboRunner: PresetRunner = { runCommand: runOtoboCommand };
