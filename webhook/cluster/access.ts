// How the webhook's pod reaches the API server of its cluster: by the variables and files that each pod has. A client
// library would bring ten megabytes of models and of ways to log in that no pod needs.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { formatUrlHost } from "../../init/contract/http.ts";

/** Where the kubelet mounts what a pod needs to reach the API server. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface ApiCredentials {
  /** PEM */
  readonly ca: string;
  readonly token: string;
}

export interface ApiAccess {
  /** https://HOST:PORT */
  readonly server: string;
  /** Asked for at each call: the kubelet renews the token. Rejects where the files cannot be read. */
  readCredentials(): Promise<ApiCredentials>;
}

/** It was started where there is no API server to ask. */
export class NotInCluster extends Error {}

/**
 * How this pod reaches the API server of its cluster.
 * @throws NotInCluster where it is no pod
 */
export function readInClusterAccess(
  env: Readonly<Record<string, string | undefined>> = process.env,
): ApiAccess {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "" } = env;
  const variables = ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"].filter((name) => !env[name]);
  const files = ["token", "ca.crt"].map((name) => `${ACCOUNT}/${name}`).filter((path) => !existsSync(path));
  const missing = [...variables, ...files];
  if (missing.length > 0) {
    throw new NotInCluster(
      `this is the admission webhook, which runs in a pod of a cluster (kubectl apply -k manifests/base); missing here: ${missing.join(", ")}. ` +
        "To try Rollcall without a cluster use the command rollcall, e.g. rollcall try -f FILE",
    );
  }
  const read = (name: string): Promise<string> => readFile(`${ACCOUNT}/${name}`, "utf8");
  return {
    server: `https://${formatUrlHost(host)}:${port}`,
    readCredentials: async () => {
      const [token, ca] = await Promise.all([read("token"), read("ca.crt")]);
      return { ca, token: token.trim() };
    },
  };
}
