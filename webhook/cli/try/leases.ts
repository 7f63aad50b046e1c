// An in-memory store of Leases for the API server stand-in. It rejects the same client errors as the API server
// (k8s.io/api/coordination/v1, apimachinery's MicroTime, storage by resourceVersion).
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";

/** Go parses a MicroTime only with exactly six fractional digits. */
const microTime = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/);

const lease = z.looseObject({
  metadata: z.looseObject({
    name: z.string().min(1),
    namespace: z.string().optional(),
    resourceVersion: z.string().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z
    .looseObject({
      holderIdentity: z.string().nullish(),
      leaseDurationSeconds: z.number().int().positive().nullish(),
      leaseTransitions: z.number().int().nonnegative().nullish(),
      acquireTime: microTime.nullish(),
      renewTime: microTime.nullish(),
    })
    .optional(),
});

export type StoredLease = z.infer<typeof lease>;

/** An object, or an error with the reason of a Status. */
export type LeaseReply =
  | { code: 200 | 201; object: unknown }
  | { code: 400 | 401 | 403 | 404 | 409 | 422 | 500; reason: string; message: string };

const refusal = (
  code: Exclude<LeaseReply["code"], 200 | 201>,
  reason: string,
  message: string,
): LeaseReply => ({
  code,
  reason,
  message,
});

const badRequest = (message: string): LeaseReply => refusal(400, "BadRequest", message);

export class LeaseStore {
  readonly #leases = new Map<string, StoredLease>();
  #version = 1;

  /** The current Lease, for observers. */
  peek(namespace: string, name: string): StoredLease | null {
    return structuredClone(this.#leases.get(`${namespace}/${name}`) ?? null);
  }

  /** Deletes a Lease as an admin would; the runner may not. */
  remove(namespace: string, name: string): void {
    this.#leases.delete(`${namespace}/${name}`);
  }

  get(namespace: string, name: string): LeaseReply {
    const found = this.peek(namespace, name);
    return found === null ? notFound(name) : { code: 200, object: found };
  }

  create(namespace: string, body: unknown): LeaseReply {
    const given = readLease(namespace, body);
    if ("refused" in given) return given.refused;
    const { read } = given;
    const { name, resourceVersion } = read.metadata;
    if (resourceVersion) {
      return refusal(500, "InternalError", "resourceVersion should not be set on objects to be created");
    }
    if (this.#leases.has(`${namespace}/${name}`)) {
      return refusal(409, "AlreadyExists", `leases.coordination.k8s.io "${name}" already exists`);
    }
    const creationTimestamp = `${new Date().toISOString().slice(0, 19)}Z`;
    return this.#store(201, namespace, {
      ...read,
      metadata: { ...read.metadata, uid: randomUUID(), creationTimestamp },
    });
  }

  update(namespace: string, name: string, body: unknown): LeaseReply {
    const given = readLease(namespace, body);
    if ("refused" in given) return given.refused;
    const { read } = given;
    if (read.metadata.name !== name)
      return badRequest("the name of the object does not match the name on the URL");
    const present = this.#leases.get(`${namespace}/${name}`);
    if (present === undefined) return notFound(name);
    const { uid, creationTimestamp, resourceVersion } = present.metadata;
    if (!read.metadata.resourceVersion) {
      const why = "metadata.resourceVersion: Invalid value: 0: must be specified for an update";
      return refusal(422, "Invalid", `Lease.coordination.k8s.io "${name}" is invalid: ${why}`);
    }
    if (read.metadata.resourceVersion !== resourceVersion) {
      return refusal(
        409,
        "Conflict",
        `Operation cannot be fulfilled on leases.coordination.k8s.io "${name}": the object has been modified; ` +
          "please apply your changes to the latest version and try again",
      );
    }
    const next = { ...read, metadata: { ...read.metadata, uid, creationTimestamp } };
    // an update without changes keeps the version
    if (isDeepStrictEqual(next, present)) return { code: 200, object: structuredClone(present) };
    return this.#store(200, namespace, next);
  }

  #store(code: 200 | 201, namespace: string, { metadata, ...rest }: StoredLease): LeaseReply {
    this.#version += 1;
    const resourceVersion = String(this.#version);
    const stored = { ...rest, metadata: { ...metadata, namespace, resourceVersion } };
    this.#leases.set(`${namespace}/${metadata.name}`, stored);
    return { code, object: structuredClone(stored) };
  }
}

function readLease(namespace: string, body: unknown): { read: StoredLease } | { refused: LeaseReply } {
  const { success, data, error } = lease.safeParse(body);
  if (!success) {
    const [first] = error.issues;
    return { refused: badRequest(`Lease cannot be handled: ${first?.path.join(".")}: ${first?.message}`) };
  }
  const { metadata } = data;
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    return {
      refused: badRequest("the namespace of the object does not match the namespace sent on the request"),
    };
  }
  const kind = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };
  return { read: { ...data, ...kind, metadata: { ...metadata, namespace } } };
}

const notFound = (name: string): LeaseReply =>
  refusal(404, "NotFound", `leases.coordination.k8s.io "${name}" not found`);
