// Completes the release's id with data that only the pod can read, such as the contents of the image, once the
// preceding steps are done.
import type { Plan } from "../../contract/plan.ts";
import { describeChildEnd, type Failure } from "../failure.ts";
import type { World } from "../ports.ts";
import type { OnLine } from "../step.ts";

/** Enough for a command that reads files and queries a database. */
const LIMIT_S = 120;

/** The plan's release, followed by the last output line of its releaseFrom command. */
export async function readReleaseInPod(
  { release, releaseFrom }: Plan,
  world: World,
  onLine: OnLine,
): Promise<{ release: string } | { failure: Failure }> {
  if (releaseFrom === undefined) return { release };
  const lines: string[] = [];
  const end = await world.runChild({
    argv: releaseFrom,
    timeoutSeconds: LIMIT_S,
    onLine: (line) => {
      onLine(line);
      if (line.trim() !== "") lines.push(line.trim());
    },
  });
  const last = lines.at(-1);
  if (end.is === "stopped") return { failure: { name: "stopped", step: null } };
  if (end.is === "not-started") {
    return { failure: { name: "step-not-started", step: "release", argv: releaseFrom, why: end.why } };
  }
  if (end.is !== "exited" || end.code !== 0 || last === undefined) {
    const run = describeChildEnd("releaseFrom", releaseFrom, end);
    return { failure: { name: "step-failed", step: "release", run, verify: last ?? "it printed nothing" } };
  }
  world.log(`release ${release}: ${last}`);
  return { release: `${release} ${last}` };
}
