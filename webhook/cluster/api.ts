// The few calls to the API server that the webhook makes for itself (DESIGN: rights). Everything else it needs
// comes in the reviews.
import { existsSync } from "node:fs";
import {
  AdmissionregistrationV1Api,
  ApiException,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  type V1Secret,
} from "@kubernetes/client-node";
import * as z from "zod";

/** Ours among the writers of an object, for `kubectl get --show-managed-fields`. */
export const FIELD_MANAGER = "rollcall";

export type ConfigurationKind = "mutating" | "validating";

/** A webhook configuration, as far as it concerns us. */
export interface Configuration {
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

/** The API server as the webhook sees it; each call rejects with an error whose message says what failed. */
export interface Cluster {
  initContainers(
    namespace: string,
    pod: string,
  ): Promise<{ name: string; image: string; pullPolicy?: string | undefined }[]>;
  configMapUid(namespace: string, name: string): Promise<string | null>;
  readSecret(namespace: string, name: string): Promise<StoredSecret | null>;
  /** false: somebody else has written it meanwhile */
  writeSecret(
    secret: { namespace: string; name: string; data: Record<string, string> },
    replaces: string | null,
  ): Promise<boolean>;
  readConfiguration(kind: ConfigurationKind, name: string): Promise<Configuration>;
  /** Sets the CA bundle (base64) of one entry; refused where the entry at this index has another name. */
  setCaBundle(
    kind: ConfigurationKind,
    name: string,
    entry: { index: number; name: string; caBundle: string },
  ): Promise<void>;
}

/** Where the kubelet mounts what a pod needs to reach the API server. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** It was started where there is no API server to ask. */
export class NotInCluster extends Error {}

/**
 * How this pod reaches the API server of its cluster.
 * @throws NotInCluster where it is no pod
 */
export function inCluster(env: Readonly<Record<string, string | undefined>> = process.env): KubeConfig {
  const variables = ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"].filter((name) => !env[name]);
  const files = ["token", "ca.crt"].map((name) => `${ACCOUNT}/${name}`).filter((path) => !existsSync(path));
  const missing = [...variables, ...files];
  if (missing.length > 0) {
    throw new NotInCluster(
      `this is the admission webhook, which runs in a pod of a cluster (kubectl apply -k manifests/base); missing here: ${missing.join(", ")}. ` +
        "To try Rollcall without a cluster use the command rollcall, e.g. rollcall try -f FILE",
    );
  }
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
}

export function clusterOf(config: KubeConfig): Cluster {
  const core = config.makeApiClient(CoreV1Api);
  const registration = config.makeApiClient(AdmissionregistrationV1Api);
  return {
    initContainers: async (namespace, pod) => {
      const { spec } = await core.readNamespacedPod({ namespace, name: pod });
      return (spec?.initContainers ?? []).map(({ name, image = "", imagePullPolicy }) => ({
        name,
        image,
        pullPolicy: imagePullPolicy,
      }));
    },
    configMapUid: async (namespace, name) =>
      (await core.readNamespacedConfigMap({ namespace, name })).metadata?.uid ?? null,
    readSecret: async (namespace, name) => {
      try {
        return storedSecret(await core.readNamespacedSecret({ namespace, name }));
      } catch (error) {
        if (statusOf(error) === 404) return null;
        throw error;
      }
    },
    writeSecret: async ({ namespace, name, data }, replaces) => {
      const metadata = { name, namespace, ...(replaces === null ? {} : { resourceVersion: replaces }) };
      const body: V1Secret = { metadata, type: "kubernetes.io/tls", data };
      try {
        if (replaces === null)
          await core.createNamespacedSecret({ namespace, body, fieldManager: FIELD_MANAGER });
        else await core.replaceNamespacedSecret({ namespace, name, body, fieldManager: FIELD_MANAGER });
        return true;
      } catch (error) {
        if (statusOf(error) === 409) return false;
        throw error;
      }
    },
    readConfiguration: async (kind, name) => {
      const { webhooks = [] } =
        kind === "mutating"
          ? await registration.readMutatingWebhookConfiguration({ name })
          : await registration.readValidatingWebhookConfiguration({ name });
      return {
        entries: webhooks.map((entry) => ({
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
      const asJsonPatch = setHeaderOptions("Content-Type", PatchStrategy.JsonPatch);
      const patch = { name, body, fieldManager: FIELD_MANAGER };
      if (kind === "mutating") await registration.patchMutatingWebhookConfiguration(patch, asJsonPatch);
      else await registration.patchValidatingWebhookConfiguration(patch, asJsonPatch);
    },
  };
}

function storedSecret({ data, metadata }: V1Secret): StoredSecret {
  return { data: data ?? {}, resourceVersion: metadata?.resourceVersion ?? "" };
}

/** The HTTP status of a refusal; null: there was no answer. */
export function statusOf(error: unknown): number | null {
  return error instanceof ApiException ? error.code : null;
}

const refusal = z.object({ message: z.string() });

/** Why a call failed, in one line: the API server's own words where it has said some. */
export function whyFailed(error: unknown): string {
  if (error instanceof ApiException) {
    const said = refusal.safeParse(jsonOf(error.body));
    return `${error.code}${said.success ? ` ${oneLine(said.data.message)}` : ""}`;
  }
  return oneLine(error instanceof Error ? error.message : String(error));
}

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, " ");

function jsonOf(body: unknown): unknown {
  if (typeof body !== "string") return body;
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
