// Checks that an S3 server supports conditional writes. Some servers ignore the conditions, so several pods could hold
// a lock there (docs/research/runner.md#s3-conditional-writes).
import type { ObjectStore, PutResult, World } from "../ports.ts";
import { retry } from "../wait.ts";

/** An ETag that no object has. */
const IMPOSSIBLE_ETAG = `"${"0".repeat(32)}"`;

export type ProbeResult = { is: "safe" } | { is: "unsafe"; why: string } | { is: "unknown"; why: string };

/** Writes a trial object, and then two writes with conditions that do not hold, which must both be rejected. */
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
    ["If-Match", { etag: IMPOSSIBLE_ETAG }],
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
