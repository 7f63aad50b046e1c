// The metadata by which an informer distinguishes objects and their versions.
import { META } from "../../init/contract/apiObjects.ts";
import {
  integer,
  nullish,
  object,
  optional,
  readShape,
  type TypeOf,
  text,
} from "../../init/contract/shape.ts";
import { ApiRefusal, type KubeResponse } from "./call.ts";

/** An object of the API server, with the metadata of its version. */
export interface WatchedObject {
  readonly name: string;
  readonly uid: string;
  /** grows with each change of the spec; 0 if the resource has none */
  readonly generation: number;
  readonly resourceVersion: string;
  /** RFC 3339, to the second */
  readonly creationTimestamp: string;
  /** unparsed */
  readonly object: unknown;
}

const watchedObject = object({
  metadata: object({
    name: META.name,
    uid: META.uid,
    generation: nullish(META.generation),
    resourceVersion: META.resourceVersion,
    creationTimestamp: nullish(META.creationTimestamp),
  }),
});

/** @throws if the metadata that every object of an API server has is missing */
export function readWatchedObject(item: unknown): WatchedObject {
  const read = readShape(watchedObject, item);
  if ("fault" in read) throw new Error(`metadata of an object is missing: ${read.fault.path.join(".")}`);
  const { name, uid, generation, resourceVersion, creationTimestamp } = read.value.metadata;
  return {
    name,
    uid,
    generation: generation ?? 0,
    resourceVersion,
    creationTimestamp: creationTimestamp ?? "",
    object: item,
  };
}

/** Whether an object may have this name (a DNS subdomain). Such a name is safe in a path. */
export const isObjectName = (name: string): boolean => /^[a-z0-9][-.a-z0-9]{0,252}$/.test(name);

const names = object({
  metadata: object({
    name: optional(META.name),
    uid: optional(META.uid),
    resourceVersion: optional(META.resourceVersion),
  }),
});

/** The name and version of an object, as far as they can be read: it may be an invalid object or a bookmark. */
export function readNames(item: unknown): TypeOf<typeof names>["metadata"] {
  const read = readShape(names, item);
  return "value" in read ? read.value.metadata : {};
}

const status = object({ reason: optional(text()), code: optional(integer()) });

/** Whether the object does not exist. If the whole resource does not exist, the 404 has no Status. */
export function isNotFound({ status: code, body }: KubeResponse): boolean {
  const read = readShape(status, body);
  return code === 404 && "value" in read && read.value.reason === "NotFound";
}

/** The refusal in an event of type ERROR. */
export function readStatus(body: unknown): ApiRefusal {
  const read = readShape(status, body);
  const code = ("value" in read ? read.value.code : undefined) ?? 500;
  return new ApiRefusal({ status: code, body, retryAfterMs: null });
}
