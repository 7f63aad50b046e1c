// The files with which an API server presents a client certificate to the webhook, as in docs/threat-model.md.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes the files into a folder.
 * @param client the certificate
 * @param seenAs the folder's path for the API server @default folder
 * @returns the AdmissionConfiguration, for --admission-control-config-file
 */
export async function writeAdmissionConfiguration(
  folder: string,
  client: { readonly cert: string; readonly key: string },
  seenAs: string = folder,
): Promise<string> {
  await writeFile(join(folder, "client.crt"), client.cert);
  await writeFile(join(folder, "client.key"), client.key, { mode: 0o600 });
  const user = { "client-certificate": join(seenAs, "client.crt"), "client-key": join(seenAs, "client.key") };
  // the user's name is that of the Service
  const users = [{ name: "rollcall.rollcall-system.svc", user }];
  await writeFile(
    join(folder, "webhooks.kubeconfig"),
    JSON.stringify({ apiVersion: "v1", kind: "Config", users }),
  );
  const apiVersion = "apiserver.config.k8s.io/v1";
  const kubeConfigFile = join(seenAs, "webhooks.kubeconfig");
  const configuration = { apiVersion, kind: "WebhookAdmissionConfiguration", kubeConfigFile };
  const plugins = ["MutatingAdmissionWebhook", "ValidatingAdmissionWebhook"].map((name) => ({
    name,
    configuration,
  }));
  await writeFile(
    join(folder, "admission.yaml"),
    JSON.stringify({ apiVersion, kind: "AdmissionConfiguration", plugins }),
  );
  return join(seenAs, "admission.yaml");
}
