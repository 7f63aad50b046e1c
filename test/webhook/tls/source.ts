// The input of syncCertificate in these tests: a MemoryCluster and a fixed clock.
import type { SourceInput } from "../../../webhook/tls/clusterSource.ts";
import { MemoryCluster } from "./memoryCluster.ts";

export const TEST_TIME = new Date("2026-06-01T12:00:00Z");
const DAY_MS = 86_400_000;
export const addDays = (days: number): Date => new Date(TEST_TIME.getTime() + days * DAY_MS);

export const NAMES = ["rollcall.rollcall-system.svc", "rollcall.rollcall-system"] as const;

/** A cluster with the entries of manifests/base. */
export function createMemoryCluster(): MemoryCluster {
  return new MemoryCluster(
    ["pods.mutate"],
    ["pods.validate", "statefulsets.validate", "scale.validate", "scale-by-template.validate"],
  );
}

export function buildSourceInput(cluster: MemoryCluster, different: Partial<SourceInput> = {}): SourceInput {
  return {
    cluster,
    namespace: "rollcall-system",
    secret: "rollcall-tls",
    configuration: "rollcall",
    names: NAMES,
    now: () => TEST_TIME,
    log: () => undefined,
    ...different,
  };
}
