// What makes a release where the plan's own text does not say all of it: what is in the image, what is installed. Only
// the pod can tell, and only once the steps before have made it ready.
import type { Plan } from "../../contract/plan.ts";
import { describeChildEnd, type Failure } from "../failure.ts";
import type { World } from "../ports.ts";
import type { OnLine } from "../step.ts";

/** For a command that reads files and asks a database. */
const LIMIT_S = 120;

/** The plan's release, and behind it the last line that its releaseFrom prints. */
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
    return { failure: { name: "step-failed", step: "release", run, verify: last ?? "it said nothing" } };
  }
  world.log(`release ${release}: ${last}`);
  return { release: `${release} ${last}` };
}
