// A cell in a Lease, with resourceVersion as its version. Fields of other writers, such as labels, are preserved.
import { leaseMetadata } from "../../contract/apiObjects.ts";
import { nullish, object, readShape, type TypeOf } from "../../contract/shape.ts";
import type { AskApi } from "../ports.ts";
import type { Cell, CellReading, SwapResult } from "./cell.ts";
import { describeRefusal, isTransientStatus } from "./refusal.ts";

/** `options.read` interprets the spec: a lock has one, a record has none. */
const lease = object({ metadata: leaseMetadata, spec: nullish(object({})) });

export type CellLease = TypeOf<typeof lease>;

const NOT_A_LEASE = "the API server's answer is not a Lease";

/** The parts of a Lease that carry the value. */
export interface LeaseParts {
  annotations?: Record<string, string>;
  spec?: Record<string, unknown>;
}

/** Number of versions kept: an answer may arrive after that of a later request. */
const KEPT = 4;

export function createLeaseCell<T>(options: {
  askApi: AskApi;
  namespace: string;
  name: string;
  read: (lease: CellLease) => { value: T } | { wrong: string };
  write: (value: T) => LeaseParts;
}): Cell<T> {
  const { askApi, namespace, name, read, write } = options;
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  /** the versions read last, whose other fields are written back unchanged */
  const readVersions = new Map<string, CellLease>();
  const remember = (found: CellLease): string => {
    const { resourceVersion } = found.metadata;
    readVersions.set(resourceVersion, found);
    const [oldest = ""] = readVersions.keys();
    if (readVersions.size > KEPT) readVersions.delete(oldest);
    return resourceVersion;
  };

  const buildLeaseBody = (value: T, version: string | null): unknown => {
    const base = version === null ? null : (readVersions.get(version) ?? null);
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

  const toSwapResult = (body: unknown): SwapResult => {
    const found = readShape(lease, body);
    if ("fault" in found) return { is: "failed", why: NOT_A_LEASE, ends: "unknown" };
    return { is: "written", version: remember(found.value) };
  };

  return {
    where: `Lease ${namespace}/${name}`,
    read: async (): Promise<CellReading<T>> => {
      const answer = await askApi({ method: "GET", path: `${collection}/${name}` });
      if ("none" in answer) return { is: "failed", why: answer.none, isTransient: answer.lasting !== true };
      if (answer.status === 404) return { is: "absent" };
      if (answer.status !== 200) {
        return { is: "failed", why: describeRefusal(answer), isTransient: isTransientStatus(answer.status) };
      }
      const found = readShape(lease, answer.body);
      if ("fault" in found) return { is: "failed", why: NOT_A_LEASE, isTransient: false };
      const version = remember(found.value);
      const value = read(found.value);
      if ("wrong" in value) return { is: "failed", why: value.wrong, isTransient: false };
      return { is: "value", value: value.value, version };
    },
    compareAndSwap: async (value, version): Promise<SwapResult> => {
      const path = version === null ? collection : `${collection}/${name}`;
      const method = version === null ? "POST" : "PUT";
      const answer = await askApi({ method, path, body: buildLeaseBody(value, version) });
      if ("none" in answer) return { is: "failed", why: answer.none, ends: "unknown" };
      if (answer.status === 200 || answer.status === 201) return toSwapResult(answer.body);
      if (isConflict(answer.status, version)) return { is: "lost" };
      return { is: "failed", why: describeRefusal(answer), ends: classifyStatus(answer.status) };
    },
  };
}

/** 409: another version is stored; 404: the Lease was deleted since it was read. */
const isConflict = (status: number, version: string | null): boolean =>
  status === 409 || (status === 404 && version !== null);

function classifyStatus(status: number): "unknown" | "busy" | "refused" {
  if (status === 429) return "busy";
  return status >= 500 ? "unknown" : "refused";
}
