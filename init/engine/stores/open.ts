// The stores that a plan's marker lives in: the volume, the bucket, or both.
import type { Plan } from "../../contract/plan.ts";
import { objectKeys } from "../../contract/s3.ts";
import type { World } from "../ports.ts";
import { pvcStore } from "./pvc.ts";
import { s3Store } from "./s3.ts";
import type { MarkerStore } from "./store.ts";

/** @returns at least one; throws where a plan in S3 came without S3, which the plan's schema excludes */
export function openStores(
  { markers, s3, identity }: Plan,
  world: Pick<World, "files" | "objects" | "runId" | "pause" | "random" | "stop">,
): MarkerStore[] {
  const volume =
    markers.store === "s3"
      ? []
      : [pvcStore({ root: markers.root, folder: markers.path, pod: identity.pod }, world.files, world.runId)];
  if (markers.store === "pvc") return volume;
  if (s3 === null || world.objects === null) throw new Error("markers in S3 without S3");
  return [...volume, s3Store(objectKeys(s3.prefix, identity), world.objects, world)];
}
