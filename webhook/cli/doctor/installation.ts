// Where Rollcall is installed in a cluster, and with which settings.

import { META } from "../../../init/contract/apiObjects.ts";
import { flag, integer, list, nullish, object, type TypeOf, text } from "../../../init/contract/shape.ts";
import { isObjectName } from "../../cluster/watchedObject.ts";
import { configuredWebhooks } from "../../kubernetes/configuredWebhooks.ts";
import { container } from "../../kubernetes/objects.ts";
import { DEFAULT_CONTROLLER_USERS } from "../../mutation/settings.ts";
import { type ClusterReader, Unreadable } from "./clusterReader.ts";
import { DEFAULT_NAMESPACE } from "./expected.ts";

const deployment = object({
  metadata: object({ annotations: nullish(META.annotations), labels: nullish(META.labels) }),
  spec: object({
    replicas: nullish(integer()),
    template: object({
      spec: object({
        serviceAccountName: nullish(text()),
        hostNetwork: nullish(flag()),
        containers: list(container),
        initContainers: nullish(list(container)),
      }),
    }),
  }),
  status: nullish(
    object({
      readyReplicas: nullish(integer()),
      updatedReplicas: nullish(integer()),
      unavailableReplicas: nullish(integer()),
    }),
  ),
});

export type WebhookDeployment = TypeOf<typeof deployment>;

export interface Installation {
  readonly namespace: string;
  /** null: it does not exist */
  readonly deployment: WebhookDeployment | null;
  /** why the Deployment could not be read; null: it could */
  readonly unreadable: string | null;
  readonly account: string;
  readonly service: string;
  readonly secret: string;
  /** the name of both webhook configurations */
  readonly configuration: string;
  readonly controllerUsers: readonly string[];
  readonly port: string;
  /** whether another controller writes the certificate and caBundle */
  readonly isExternal: boolean;
  /** null: not installed with Helm */
  readonly helmRelease: string | null;
}

/** The Deployment's name, which no setting changes. */
export const DEPLOYMENT = "rollcall";

const configuration = object({ webhooks: configuredWebhooks });

/** @param given the namespace that the user has set */
export async function findInstallation(reader: ClusterReader, given?: string): Promise<Installation> {
  const namespace = given ?? (await findNamespace(reader));
  let found: WebhookDeployment | null = null;
  let unreadable: string | null = null;
  try {
    const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${DEPLOYMENT}`;
    found = await reader.get(path, `Deployment ${namespace}/${DEPLOYMENT}`, deployment);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    unreadable = error.message;
  }
  return { namespace, deployment: found, unreadable, ...readSettings(found) };
}

/** The namespace that the webhook configurations name; the base's if there are none. */
async function findNamespace(reader: ClusterReader): Promise<string> {
  for (const kind of ["mutating", "validating"]) {
    const path = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/rollcall`;
    try {
      const found = await reader.get(path, `the ${kind} webhook configuration`, configuration);
      const namespace = found?.webhooks?.[0]?.clientConfig.service?.namespace;
      if (namespace !== undefined && isObjectName(namespace)) return namespace;
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
    }
  }
  return DEFAULT_NAMESPACE;
}

function readSettings(
  found: WebhookDeployment | null,
): Omit<Installation, "namespace" | "deployment" | "unreadable"> {
  const pod = found?.spec.template.spec;
  const env = pod?.containers.find(({ name }) => name === "webhook")?.env ?? [];
  const get = (name: string, fallback: string): string =>
    env.find((each) => each.name === name)?.value || fallback;
  const users = get("ROLLCALL_CONTROLLER_USERS", DEFAULT_CONTROLLER_USERS.join(","));
  const release = found?.metadata.annotations?.["meta.helm.sh/release-name"];
  return {
    account: pod?.serviceAccountName || "rollcall",
    service: get("ROLLCALL_SERVICE", "rollcall"),
    secret: get("ROLLCALL_SECRET", "rollcall-tls"),
    configuration: get("ROLLCALL_CONFIGURATION", "rollcall"),
    controllerUsers: users.split(",").flatMap((user) => user.trim() || []),
    port: get("ROLLCALL_PORT", "8443"),
    isExternal: get("ROLLCALL_CERTIFICATE", "own") === "external",
    helmRelease: release !== undefined && isObjectName(release) ? release : null,
  };
}
