// A cell in a Lease of the API server: resourceVersion is the version. What others have written to the Lease, labels
// for example, stays.
import { leaseMetadata } from "../../contract/apiObjects.ts";
import { nullish, object, readShape, type TypeOf } from "../../contract/shape.ts";
import type { AskApi } from "../ports.ts";
import type { Cell, CellReading, SwapResult } from "./cell.ts";
import { describeRefusal, mayPass } from "./refusal.ts";

/** Its spec is for who reads the value: a lock has one, a record has none. */
const lease = object({ metadata: leaseMetadata, spec: nullish(object({})) });

export type CellLease = TypeOf<typeof lease>;

const NOT_A_LEASE = "the API server's answer is not a Lease";

/** What of a Lease carries the value. */
export interface LeaseParts {
  annotations?: Record<string, string>;
  spec?: Record<string, unknown>;
}

/** An answer may come late, after that of a later question. */
const KEPT = 4;

export function createLeaseCell<T>(given: {
  askApi: AskApi;
  namespace: string;
  name: string;
  read: (lease: CellLease) => { value: T } | { wrong: string };
  write: (value: T) => LeaseParts;
}): Cell<T> {
  const { askApi, namespace, name, read, write } = given;
  const all = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  /** the last versions as they were read: what is not ours of one is written back as it was */
  const known = new Map<string, CellLease>();
  const keep = (found: CellLease): string => {
    const { resourceVersion } = found.metadata;
    known.set(resourceVersion, found);
    const [oldest = ""] = known.keys();
    if (known.size > KEPT) known.delete(oldest);
    return resourceVersion;
  };

  const buildLeaseBody = (value: T, version: string | null): unknown => {
    const base = version === null ? null : (known.get(version) ?? null);
    const { annotations, spec } = write(value);
    return {
      ...base,
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: {
        ...base?.metadata,
        name,
        namespace,
        annotations: { ...base?.metadata.annotations, ...annotations },
        ...(version === null ? {} : { resourceVersion: version }),
      },
      spec: { ...base?.spec, ...spec },
    };
  };

  const stored = (body: unknown): SwapResult => {
    const found = readShape(lease, body);
    if ("fault" in found) return { is: "failed", why: NOT_A_LEASE, ends: "unknown" };
    return { is: "written", version: keep(found.value) };
  };

  return {
    where: `Lease ${namespace}/${name}`,
    read: async (): Promise<CellReading<T>> => {
      const answer = await askApi({ method: "GET", path: `${all}/${name}` });
      if ("none" in answer) return { is: "failed", why: answer.none, passing: answer.lasting !== true };
      if (answer.status === 404) return { is: "absent" };
      if (answer.status !== 200) {
        return { is: "failed", why: describeRefusal(answer), passing: mayPass(answer.status) };
      }
      const found = readShape(lease, answer.body);
      if ("fault" in found) return { is: "failed", why: NOT_A_LEASE, passing: false };
      const version = keep(found.value);
      const value = read(found.value);
      if ("wrong" in value) return { is: "failed", why: value.wrong, passing: false };
      return { is: "value", value: value.value, version };
    },
    compareAndSwap: async (value, version): Promise<SwapResult> => {
      const path = version === null ? all : `${all}/${name}`;
      const method = version === null ? "POST" : "PUT";
      const answer = await askApi({ method, path, body: buildLeaseBody(value, version) });
      if ("none" in answer) return { is: "failed", why: answer.none, ends: "unknown" };
      if (answer.status === 200 || answer.status === 201) return stored(answer.body);
      if (isAnother(answer.status, version)) return { is: "lost" };
      return { is: "failed", why: describeRefusal(answer), ends: classifyStatus(answer.status) };
    },
  };
}

/** 409: another version stands there; 404: it was deleted since it was read, as the next reading says. */
const isAnother = (status: number, version: string | null): boolean =>
  status === 409 || (status === 404 && version !== null);

function classifyStatus(status: number): "unknown" | "busy" | "refused" {
  if (status === 429) return "busy";
  return status >= 500 ? "unknown" : "refused";
}
