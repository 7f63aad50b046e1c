// Packages at run time (docs/otobo.md#packages-at-run-time): what the webhook and the runner both know of it.

import { buildRunnerCommand, RUNNER_MOUNT } from "../../../init/contract/places.ts";

/** The variable of OTOBO's containers that says that Rollcall takes up packages, and its value. */
export const PACKAGES_ENV = "OTOBO_PACKAGES";
export const PACKAGES_WATCHED = "watch";

/** The runner's command that takes up packages until the container ends. */
const WATCH: readonly string[] = ["otobo", "watch"];

/** The postStart of the first container: it starts the watcher beside the container's own program, and ends. */
export const buildWatchHook = (): string[] => buildRunnerCommand(RUNNER_MOUNT, "background", ...WATCH);

/**
 * Modules that packages have changed in this pod, one a line. OTOBO's web server reads changed modules again, but misses one
 * that it loaded after it last looked; the managed block makes it read these (docs/otobo.md#packages-at-run-time).
 */
export const CHANGED_MODULES = "var/rollcall-modules";
