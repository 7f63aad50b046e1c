// The part of an API server that the runner uses: Leases with resourceVersions, one StatefulSet, its namespace.

interface StoredObject {
  metadata: { name: string; resourceVersion: string; [field: string]: unknown };
  [field: string]: unknown;
}

const LEASES = /^\/apis\/coordination\.k8s\.io\/v1\/namespaces\/[^/]+\/leases(?:\/(.+))?$/;

export interface ApiRequest {
  method: string;
  path: string;
  body?: unknown;
}

export interface StatefulSetState {
  generation: number;
  observedGeneration: number;
  updateRevision: string;
  replicas: number | undefined;
  start: number | undefined;
  deleted?: boolean;
}

export class SimApiServer {
  readonly #leases = new Map<string, StoredObject>();
  #version = 0;
  writes = 0;
  /** every version of every Lease, in order */
  readonly history: { name: string; annotations: { [name: string]: string } }[] = [];
  /** the fields of the StatefulSet's spec and status that the runner reads */
  set: StatefulSetState = {
    generation: 1,
    observedGeneration: 1,
    updateRevision: "web-1",
    replicas: 7,
    start: 0,
  };
  namespacePhase = "Active";
  /** sent instead of the StatefulSet */
  setAnswer: { status: number; body: unknown } | null = null;

  lease(name: string): StoredObject | undefined {
    return this.#leases.get(name);
  }

  /** writes like another client, such as kubectl edit */
  put(name: string, parts: { annotations?: unknown; spec?: unknown }): void {
    const { annotations, spec } = parts;
    this.#store({
      metadata: { name, resourceVersion: "", ...(annotations ? { annotations } : {}) },
      ...(spec ? { spec } : {}),
    });
    this.writes -= 1;
  }

  removeLease(name: string): void {
    this.#leases.delete(name);
  }

  ask({ method, path, body }: ApiRequest): { status: number; body: unknown } {
    const [, name] = LEASES.exec(path) ?? [];
    if (method === "GET" && name !== undefined) {
      const lease = this.#leases.get(name);
      return lease === undefined ? failure(404, "not found") : { status: 200, body: structuredClone(lease) };
    }
    if (method === "POST" && LEASES.test(path)) return this.#create(body as StoredObject);
    if (method === "PUT" && name !== undefined) return this.#replace(name, body as StoredObject);
    if (path.includes("/statefulsets/")) return this.setAnswer ?? { status: 200, body: this.#statefulSet() };
    return { status: 200, body: { status: { phase: this.namespacePhase } } };
  }

  #create(lease: StoredObject): { status: number; body: unknown } {
    if (this.#leases.has(lease.metadata.name)) return failure(409, "already exists");
    return { status: 201, body: this.#store(lease) };
  }

  #replace(name: string, lease: StoredObject): { status: number; body: unknown } {
    const there = this.#leases.get(name);
    if (there === undefined) return failure(404, "not found");
    const isSame = there.metadata.resourceVersion === lease.metadata.resourceVersion;
    return isSame ? { status: 200, body: this.#store(lease) } : failure(409, "the object has been modified");
  }

  #store(lease: StoredObject): StoredObject {
    this.writes += 1;
    const stored = structuredClone(lease);
    stored.metadata.resourceVersion = String(++this.#version);
    this.#leases.set(stored.metadata.name, stored);
    const annotations = stored.metadata["annotations"] ?? {};
    this.history.push({ name: stored.metadata.name, annotations: annotations as { [name: string]: string } });
    return structuredClone(stored);
  }

  #statefulSet(): unknown {
    const { generation, observedGeneration, updateRevision, replicas, start, deleted } = this.set;
    return {
      metadata: { generation, ...(deleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}) },
      spec: { replicas, ...(start === undefined ? {} : { ordinals: { start } }) },
      status: { observedGeneration, updateRevision },
    };
  }
}

const failure = (status: number, message: string): { status: number; body: unknown } => ({
  status,
  body: { message },
});
