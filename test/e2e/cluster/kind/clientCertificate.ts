// For a cluster of `up --client-certificate`: its API server presents a client certificate to Rollcall's webhook.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeClientCa } from "../../../webhook/server/clientCertificates.ts";
import { writeAdmissionConfiguration } from "../../../webhook/server/writeAdmissionConfiguration.ts";

/** Where the node and its API server see the folder. */
export const ADMISSION_FOLDER = "/etc/kubernetes/rollcall";

/** The common name that manifests/overlays/client-certificate expects. */
const CLIENT_NAME = "rollcall-kube-apiserver";

/** The CA of the certificate, for the ConfigMap rollcall-client-ca. Its key is not stored. */
export const resolveClientCaPath = (folder: string): string => join(folder, "ca.crt");

/** Makes a CA and the certificate, and writes the files that the API server reads. */
export async function writeClientCertificate(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const ca = makeClientCa();
  await writeFile(resolveClientCaPath(folder), ca.ca);
  await writeAdmissionConfiguration(folder, ca.sign(CLIENT_NAME), ADMISSION_FOLDER);
}

/** The patch of kubeadm's configuration; kind adds extraArgs to its own. */
export const CLUSTER_CONFIGURATION = {
  kind: "ClusterConfiguration",
  apiVersion: "kubeadm.k8s.io/v1beta4",
  apiServer: {
    extraArgs: [{ name: "admission-control-config-file", value: `${ADMISSION_FOLDER}/admission.yaml` }],
    extraVolumes: [
      { name: "rollcall", hostPath: ADMISSION_FOLDER, mountPath: ADMISSION_FOLDER, readOnly: true },
    ],
  },
} as const;
