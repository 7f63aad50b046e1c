// The version of the Ozone in this container, by `ozone version`: a member that is about to join has no daemon yet that could
// be asked.
import type { World } from "../../../init/engine/ports.ts";
import type { PlanOzone } from "../contract/plan.ts";

/** A JVM that prints a page takes 1 s. */
const LIMIT_SECONDS = 30;
const HEAP = { OZONE_HEAPSIZE_MAX: "64m", JAVA_OPTS: "-Xmx64m" };
/** The page has 40 lines; a version is at its beginning. */
const MOST_LINES = 200;
const LONGEST_LINE = 200;

const VERSION = String.raw`\d{1,5}(?:\.\d{1,5}){1,7}(?:[-.+][-.+A-Za-z0-9]{1,40})?`;
/** "2.2.0(Katmai)" at the end of a line, also behind a drawing */
const RELEASE = new RegExp(String.raw`(?:^|\s)(${VERSION})\([^)]*\)\s*$`);
/** "2.2.0" or "Ozone 2.2.0" alone in its line, but for a drawing; "Using HDDS 2.2.0" is of another software */
const BARE = new RegExp(String.raw`^[^\w]*(?:Apache )?(?:Ozone )?(?<![\w.])(${VERSION})\s*$`);

/** @returns the version, or null if the command does not print one */
export async function readInstalledVersion(
  { command }: Pick<PlanOzone, "command">,
  { runChild }: Pick<World, "runChild">,
): Promise<string | null> {
  let lines = 0;
  let found: string | null = null;
  let bare: string | null = null;
  await runChild({
    argv: [...command, "version"],
    env: HEAP,
    timeoutSeconds: LIMIT_SECONDS,
    onLine: (line) => {
      lines += 1;
      if (lines > MOST_LINES || line.length > LONGEST_LINE) return;
      found ??= RELEASE.exec(line)?.[1] ?? null;
      bare ??= BARE.exec(line)?.[1] ?? null;
    },
  });
  return found ?? bare;
}
