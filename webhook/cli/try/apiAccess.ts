// Access to the API server stand-in as the kubelet gives it to a pod: the address as env, token and CA as files.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Identity } from "../../../init/contract/plan.ts";
import {
  RECORD_ANNOTATION,
  readRecord,
  recordLease,
  type WorkloadRecord as SetRecord,
} from "../../../init/contract/record.ts";
import type { ApiStandIn } from "./apiStandIn.ts";

/**
 * Writes token and CA to the folder of the token's volume.
 * @returns the env that the kubelet sets in every container
 */
export async function giveAccess(api: ApiStandIn, folder: string): Promise<Record<string, string>> {
  await writeFile(join(folder, "token"), api.token);
  await writeFile(join(folder, "ca.crt"), api.ca);
  const port = String(api.port);
  return {
    KUBERNETES_SERVICE_HOST: "127.0.0.1",
    KUBERNETES_SERVICE_PORT: port,
    KUBERNETES_SERVICE_PORT_HTTPS: port,
  };
}

/** The current record of a pod's StatefulSet, or null. */
export function readSetRecord(
  api: ApiStandIn,
  { namespace, workload }: Pick<Identity, "namespace" | "workload"> & Partial<Identity>,
): SetRecord | null {
  const text = api.lease(namespace, recordLease(workload))?.metadata.annotations?.[RECORD_ANNOTATION];
  const read = text === undefined ? null : readRecord(text);
  return read !== null && "record" in read ? read.record : null;
}
