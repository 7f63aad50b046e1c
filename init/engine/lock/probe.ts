// Whether an S3 server keeps the conditions of conditional writes. Some ignore them, and a lock there would be
// everybody's (docs/research/runner.md#s3-conditional-writes).
import type { ObjectStore, PutResult, World } from "../ports.ts";
import { retry } from "../wait.ts";

/** An ETag that nothing has. */
const NOBODYS = `"${"0".repeat(32)}"`;

export type ProbeResult = { is: "safe" } | { is: "unsafe"; why: string } | { is: "unknown"; why: string };

/** Writes a trial object, and then twice against a condition that does not hold: both must be refused. */
export async function probeConditionalWrites(
  objects: ObjectStore,
  key: string,
  world: World,
): Promise<ProbeResult> {
  const put = (condition: Parameters<ObjectStore["put"]>[2]): Promise<PutResult> =>
    retry(world, () => objects.put(key, `${world.runId}\n`, condition), {
      isTransient: (answer) => answer.is === "failed" && answer.ends !== "refused",
    });
  const first = await put("any");
  if (first.is === "failed") return { is: "unknown", why: first.why };
  const conditions = [
    ["If-None-Match", "absent"],
    ["If-Match", { etag: NOBODYS }],
  ] as const;
  for (const [header, condition] of conditions) {
    const answer = await put(condition);
    if (answer.is === "stored") return { is: "unsafe", why: `it ignores ${header}` };
    if (answer.is === "failed" && answer.ends === "refused") {
      return { is: "unsafe", why: `it refuses ${header}: ${answer.why}` };
    }
    if (answer.is === "failed") return { is: "unknown", why: answer.why };
  }
  return { is: "safe" };
}
