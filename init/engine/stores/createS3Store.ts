// The marker store in S3: conditional PUTs, and after each the object is read back, since an answer may be lost, a
// condition ignored, or a 412 be about our own write (docs/research/runner.md#s3-conditional-writes).
import type { GetResult, ObjectStore, PutResult, World } from "../ports.ts";
import { retry } from "../wait.ts";
import type { MarkerStore } from "./store.ts";

type Condition = Parameters<ObjectStore["put"]>[2];

/** @param keys of objectKeys */
export function createS3Store(
  keys: { marker: string; trial: string },
  objects: ObjectStore,
  world: Pick<World, "pause" | "random" | "stop" | "runId">,
): MarkerStore {
  const path = `${objects.where}/${keys.marker}`;
  /** what the marker's next write rests on; nothing that was not read is written over */
  let last: Condition = "absent";

  const get = (): Promise<GetResult> =>
    retry(world, () => objects.get(keys.marker), {
      isTransient: (got) => got.is === "failed" && got.passing,
    });

  /** Over whatever is there. */
  const overwrite = (key: string, text: string): Promise<PutResult> =>
    retry(world, () => objects.put(key, text, "any"), {
      isTransient: (put) => put.is === "failed" && put.ends !== "refused",
    });

  const look = async (): Promise<GetResult> => {
    const got = await get();
    if (got.is === "object") last = { etag: got.etag };
    if (got.is === "absent") last = "absent";
    return got;
  };

  /** one try: null when it stands there; again: nothing was changed, so another try may do */
  const tryWrite = async (
    text: string,
    rested: Condition,
  ): Promise<{ why: string | null; again: boolean }> => {
    const put = await objects.put(keys.marker, text, rested);
    const why = put.is === "failed" ? put.why : "it was not there when it was read back";
    if (put.is === "failed" && put.ends !== "unknown") return { why, again: put.ends === "busy" };
    const there = await look();
    if (there.is === "failed") return { why: there.why, again: false };
    if (there.is === "object" && there.text === text) return { why: null, again: false };
    if (isSame(there, rested)) return { why, again: true };
    return { why: "another runner of this pod has written it meanwhile", again: false };
  };

  const write = async (text: string): Promise<string | null> => {
    const rested = last;
    // also while the runner stops: what is done is not marked otherwise
    const { why } = await retry(world, () => tryWrite(text, rested), {
      isTransient: ({ again }) => again,
      isOver: () => false,
    });
    return why;
  };

  return {
    path,
    unusable: (why) => ({ name: "marker-bucket-unusable", path, why }),
    read: async () => {
      const got = await look();
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
      const got = await look();
      if (got.is !== "object") return { why: got.is === "failed" ? got.why : "it is not there any more" };
      const put = await overwrite(kept, got.text);
      return put.is === "failed" ? { why: put.why } : { kept };
    },
  };
}

/** Whether what stands there is still what our write rested on. */
function isSame(there: GetResult, rested: Condition): boolean {
  if (there.is === "absent") return rested === "absent";
  return there.is === "object" && typeof rested === "object" && rested.etag === there.etag;
}
