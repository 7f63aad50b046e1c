// Installs another mutating webhook in its own namespace, which is called before ours (its configuration's name sorts
// first) or after it.
import { readFile } from "node:fs/promises";
import { issueSelfSigned } from "../../../../webhook/tls/selfSigned.ts";
import { TIMEOUT } from "../../harness/eventually.ts";
import { buildNodeContainer, buildNodePodSpec } from "../../harness/ourNode.ts";
import type { Space } from "../../harness/space.ts";

export interface Meddler {
  /** part of the names of what it adds */
  name: string;
  /** name of its MutatingWebhookConfiguration: the API server calls webhooks in the order of names */
  configuration: string;
}

/** Runs it in `home`, for pods in namespaces with the label meddle=`home`; resolves when it answers. */
export async function installMeddler(home: Space, { name, configuration }: Meddler): Promise<void> {
  const host = `${name}.${home.name}.svc`;
  const { cert, key, ca } = await issueSelfSigned([host], new Date());
  const script = await readFile(new URL("server.mjs", import.meta.url), "utf8");
  const labels = { app: name };
  const container = buildNodeContainer("server.mjs", {
    env: [{ name: "MEDDLER", value: name }],
    ports: [{ containerPort: 8443 }],
    readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1, timeoutSeconds: 20 },
  });
  await home.k.apply([
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name },
      data: { "server.mjs": script, "tls.crt": cert, "tls.key": key },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { selector: labels, ports: [{ port: 443, targetPort: 8443 }] },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: buildNodePodSpec(name, container),
        },
      },
    },
  ]);
  await home.k.run(["rollout", "status", `deployment/${name}`, TIMEOUT]);
  const hook = {
    name: `${name}.meddler.test`,
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    failurePolicy: "Fail",
    reinvocationPolicy: "IfNeeded",
    clientConfig: {
      caBundle: Buffer.from(ca).toString("base64"),
      service: { name, namespace: home.name, path: "/" },
    },
    namespaceSelector: { matchLabels: { meddle: home.name } },
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
  };
  await home.all.apply([
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name: configuration },
      webhooks: [hook],
    },
  ]);
}
