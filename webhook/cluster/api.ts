// The calls that the webhook makes for its own installation: its pod, its certificate, its webhook configurations.
import { META } from "../../init/contract/apiObjects.ts";
import { list, mapOf, nullish, object, readShape, type Shape, text } from "../../init/contract/shape.ts";
import { configuredWebhooks } from "../kubernetes/configuredWebhooks.ts";
import { container } from "../kubernetes/objects.ts";
import type { ApiAccess } from "./access.ts";
import { ApiRefusal, createApiClient, type KubeRequest, type KubeResponse, toApiRefusal } from "./call.ts";

/** The name under which `kubectl get --show-managed-fields` lists Rollcall's writes. */
export const FIELD_MANAGER = "rollcall";

export type ConfigurationKind = "mutating" | "validating";

/** The fields of a webhook configuration that Rollcall reads. */
export interface WebhookConfiguration {
  entries: {
    name: string;
    caBundle: string;
    /** the CEL of its matchConditions @default none */
    conditions?: readonly string[];
  }[];
}

export interface StoredSecret {
  data: Readonly<Record<string, string>>;
  resourceVersion: string;
}

/** Each call rejects with an error that says what failed. */
export interface ClusterApi {
  initContainers(
    namespace: string,
    pod: string,
  ): Promise<{ name: string; image: string; pullPolicy?: string | undefined }[]>;
  readSecret(namespace: string, name: string): Promise<StoredSecret | null>;
  /** @returns false if it was changed since `replaces`, or exists already */
  writeSecret(
    secret: { namespace: string; name: string; data: Record<string, string> },
    replaces: string | null,
  ): Promise<boolean>;
  readConfiguration(kind: ConfigurationKind, name: string): Promise<WebhookConfiguration>;
  /** Sets the CA bundle (base64) of one entry; rejects if the entry at this index has another name. */
  setCaBundle(
    kind: ConfigurationKind,
    name: string,
    entry: { index: number; name: string; caBundle: string },
  ): Promise<void>;
}

/** A call that hangs must not stop the renewal of certificates. */
const PATIENCE_MS = 10_000;

/** These calls have their own limit, so that they do not wait for those of reviews. */
const MOST_CALLS = 4;

export function createClusterApi(access: ApiAccess): ClusterApi {
  const { call } = createApiClient(access, MOST_CALLS);
  const send = (request: Omit<KubeRequest, "deadline">): Promise<KubeResponse> =>
    call({ ...request, deadline: AbortSignal.timeout(PATIENCE_MS) });
  const get = async <T>(path: string, shape: Shape<T>): Promise<T> => {
    const answer = await send({ method: "GET", path });
    const read = readShape(shape, answer.body);
    if (answer.status !== 200 || "fault" in read) throw toApiRefusal(answer);
    return read.value;
  };
  return {
    initContainers: async (namespace, name) => {
      const { spec } = await get(`${inNamespace(namespace)}/pods/${encodeURIComponent(name)}`, pod);
      return (spec?.initContainers ?? []).map((each) => ({
        name: each.name,
        image: each.image ?? "",
        pullPolicy: each.imagePullPolicy ?? undefined,
      }));
    },
    readSecret: async (namespace, name) => {
      try {
        const { data, metadata } = await get(
          `${inNamespace(namespace)}/secrets/${encodeURIComponent(name)}`,
          secret,
        );
        return { data: data ?? {}, resourceVersion: metadata.resourceVersion ?? "" };
      } catch (error) {
        if (getHttpStatus(error) === 404) return null;
        throw error;
      }
    },
    writeSecret: async ({ namespace, name, data }, replaces) => {
      const metadata = { name, namespace, ...(replaces === null ? {} : { resourceVersion: replaces }) };
      const body = { apiVersion: "v1", kind: "Secret", metadata, type: "kubernetes.io/tls", data };
      const all = `${inNamespace(namespace)}/secrets`;
      const answer =
        replaces === null
          ? await send({ method: "POST", path: `${all}?${MANAGER}`, body })
          : await send({ method: "PUT", path: `${all}/${encodeURIComponent(name)}?${MANAGER}`, body });
      if (answer.status === 409) return false;
      if (!isDone(answer)) throw toApiRefusal(answer);
      return true;
    },
    readConfiguration: async (kind, name) => {
      const { webhooks } = await get(configurationPath(kind, name), configuration);
      return {
        entries: (webhooks ?? []).map((entry) => ({
          name: entry.name,
          caBundle: entry.clientConfig.caBundle ?? "",
          conditions: (entry.matchConditions ?? []).map(({ expression }) => expression),
        })),
      };
    },
    setCaBundle: async (kind, name, entry) => {
      const body = [
        { op: "test", path: `/webhooks/${entry.index}/name`, value: entry.name },
        { op: "add", path: `/webhooks/${entry.index}/clientConfig/caBundle`, value: entry.caBundle },
      ];
      const path = `${configurationPath(kind, name)}?${MANAGER}`;
      const contentType = "application/json-patch+json";
      const answer = await send({ method: "PATCH", path, body, contentType });
      if (!isDone(answer)) throw toApiRefusal(answer);
    },
  };
}

const MANAGER = `fieldManager=${FIELD_MANAGER}`;

const inNamespace = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}`;

const configurationPath = (kind: ConfigurationKind, name: string): string =>
  `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/${encodeURIComponent(name)}`;

const isDone = ({ status }: KubeResponse): boolean => status === 200 || status === 201;

const pod = object({ spec: nullish(object({ initContainers: nullish(list(container)) })) });

const configuration = object({ webhooks: configuredWebhooks });

const secret = object({
  data: nullish(mapOf(text())),
  metadata: object({ resourceVersion: nullish(META.resourceVersion) }),
});

/** The HTTP status of a refusal; null if there was no response. */
export function getHttpStatus(error: unknown): number | null {
  return error instanceof ApiRefusal ? error.status : null;
}

/** Why a call failed, in one line: the API server's message if there is one. */
export function describeFailure(error: unknown): string {
  if (error instanceof ApiRefusal)
    return `${error.status}${error.said === null ? "" : ` ${oneLine(error.said)}`}`;
  return oneLine(error instanceof Error ? error.message : String(error));
}

const oneLine = (words: string): string =>
  words
    .split("\n")
    .map((line) => line.trim())
    .join(" ");
