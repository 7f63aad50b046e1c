// Profiles are read again every few seconds: the kubelet swaps a symlink, which file watchers are known to miss.
import type { Change, LiveProfiles } from "../profiles/live.ts";
import type { Logger } from "./log.ts";

const EVERY_MS = 2_000;

/**
 * Loads the profiles once, and then for as long as the process lives.
 * @param onChange told of every look that found something new
 */
export async function watchProfiles(
  profiles: LiveProfiles,
  log: Logger,
  onChange: (change: Change) => void,
): Promise<void> {
  const look = async (): Promise<void> => {
    const change = await profiles.reload();
    if (change.is !== "unchanged") onChange(change);
    switch (change.is) {
      case "unchanged":
        return;
      case "loaded":
        log.info({ profiles: [...change.profiles.keys()] }, "profiles loaded");
        return;
      case "refused":
        for (const line of change.lines) {
          log.error(
            `profiles refused: ${line}${profiles.current() === null ? "" : "; the last good ones stay in force"}`,
          );
        }
    }
  };
  // one look after the other: of two at once the older text could come last
  const again = (): void => void setTimeout(() => void look().finally(again), EVERY_MS).unref();
  await look();
  again();
}
