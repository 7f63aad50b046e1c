// How the webhook's pod connects to the API server: with the env variables and files that Kubernetes gives to each pod.
// A client library would add 10 MB of models and of login methods that no pod needs.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Agent } from "node:http";
import { formatUrlHost, type HttpRequest } from "../../init/contract/http.ts";

/** Where the kubelet mounts the service account's token and the CA. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface ApiCredentials {
  /** PEM; null: those of the agent */
  readonly ca: string | null;
  /** null: the agent has a client certificate, or `headers` identify the caller */
  readonly token: string | null;
  /** further headers @default none */
  readonly headers?: HttpRequest["headers"];
}

export interface ApiAccess {
  /** https://HOST:PORT, and a path where the API server is behind a proxy */
  readonly server: string;
  /** connections with settings of their own, such as a client certificate @default the global agent of node:https */
  readonly agent?: Agent;
  /** Reads the files at each call, since the kubelet renews the token. Rejects if they cannot be read. */
  readCredentials(): Promise<ApiCredentials>;
}

/** The process does not run in a pod with a service account. */
export class NotInCluster extends Error {}

/**
 * Reads how this pod connects to the API server.
 * @throws NotInCluster if the process does not run in a pod
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
