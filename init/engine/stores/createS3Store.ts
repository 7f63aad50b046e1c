// The marker store in S3: conditional PUTs, each of which is read back, because an answer may be lost, a condition
// ignored, or a 412 caused by our own write (docs/research/runner.md#s3-conditional-writes).
import type { GetResult, ObjectStore, PutResult, World } from "../ports.ts";
import { retry } from "../wait.ts";
import type { MarkerStore } from "./store.ts";

type Condition = Parameters<ObjectStore["put"]>[2];

/** @param keys from buildObjectKeys */
export function createS3Store(
  keys: { marker: string; trial: string },
  objects: ObjectStore,
  world: Pick<World, "pause" | "random" | "stop" | "runId">,
): MarkerStore {
  const path = `${objects.where}/${keys.marker}`;
  /** the condition of the next write: only a version that was read is overwritten */
  let lastSeen: Condition = "absent";

  const get = (): Promise<GetResult> =>
    retry(world, () => objects.get(keys.marker), {
      isTransient: (got) => got.is === "failed" && got.isTransient,
    });

  /** Writes unconditionally. */
  const overwrite = (key: string, text: string): Promise<PutResult> =>
    retry(world, () => objects.put(key, text, "any"), {
      isTransient: (put) => put.is === "failed" && put.ends !== "refused",
    });

  const readAndRemember = async (): Promise<GetResult> => {
    const got = await get();
    if (got.is === "object") lastSeen = { etag: got.etag };
    if (got.is === "absent") lastSeen = "absent";
    return got;
  };

  /** One attempt. why: null if the text is stored; canRetry: nothing was changed */
  const tryWrite = async (
    text: string,
    condition: Condition,
  ): Promise<{ why: string | null; canRetry: boolean }> => {
    const put = await objects.put(keys.marker, text, condition);
    const why = put.is === "failed" ? put.why : "reading it back gave another version";
    if (put.is === "failed" && put.ends !== "unknown") return { why, canRetry: put.ends === "busy" };
    const stored = await readAndRemember();
    if (stored.is === "failed") return { why: stored.why, canRetry: false };
    if (stored.is === "object" && stored.text === text) return { why: null, canRetry: false };
    if (isSame(stored, condition)) return { why, canRetry: true };
    return { why: "another runner of this pod has written it", canRetry: false };
  };

  const write = async (text: string): Promise<string | null> => {
    const condition = lastSeen;
    // retries even while the runner stops, so completed work is marked
    const { why } = await retry(world, () => tryWrite(text, condition), {
      isTransient: ({ canRetry }) => canRetry,
      isOver: () => false,
    });
    return why;
  };

  return {
    path,
    unusable: (why) => ({ name: "marker-bucket-unusable", path, why }),
    read: async () => {
      const got = await readAndRemember();
      if (got.is === "object") return { is: "text", text: got.text };
      return got.is === "absent" ? got : { is: "unusable", why: got.why };
    },
    settle: async () => null,
    whyNotWritable: async () => {
      const put = await overwrite(keys.trial, `${world.runId}\n`);
      return put.is === "failed" ? put.why : null;
    },
    write,
    setAside: async (reason) => {
      const kept = `${keys.marker}.${reason}.${world.runId}`;
      const got = await readAndRemember();
      if (got.is !== "object") return { why: got.is === "failed" ? got.why : "it no longer exists" };
      const put = await overwrite(kept, got.text);
      return put.is === "failed" ? { why: put.why } : { kept };
    },
  };
}

/** Whether the stored version is still the one that the write was conditional on. */
function isSame(stored: GetResult, condition: Condition): boolean {
  if (stored.is === "absent") return condition === "absent";
  return stored.is === "object" && typeof condition === "object" && condition.etag === stored.etag;
}
