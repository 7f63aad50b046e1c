// The files by which an API server shows a client certificate to the webhook, as docs/threat-model.md has them.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes them into a folder.
 * @param client what it shows
 * @param seenAs the folder as the API server sees it @default folder
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
  // the user's name is the Service's
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
