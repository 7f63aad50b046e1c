// Whether the API server reaches the webhook: a dry run of an object that Rollcall must deny.
import { randomBytes } from "node:crypto";
import type { KubeResponse } from "../../../cluster/call.ts";
import { PROFILE_LABEL } from "../../../kubernetes/names.ts";
import { readStatusMessage } from "../clusterReader.ts";
import { type Check, createFault, createUnknown, type DoctorContext } from "../context.ts";
import { DEPLOYMENT } from "../installation.ts";
import { type CheckFinding, quoteFromCluster } from "../report.ts";
import { isExcluded } from "./workloads.ts";

export const checkAnswer: Check = {
  group: "Webhook",
  name: "answer",
  looksAt:
    "a dry run that creates a StatefulSet with a profile that does not exist, which the webhook must deny",
  run: async (context) => {
    const { reader, namespace } = context;
    if (isExcluded(context, namespace))
      return {
        good: "",
        findings: [
          createUnknown(
            `namespace ${namespace} is one that Rollcall leaves out`,
            "whether the webhook answers is not known; set --namespace to another one",
          ),
        ],
      };
    const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/statefulsets?dryRun=All&fieldManager=rollcall-doctor`;
    const answer = await reader.post(path, buildLabelledSet(namespace));
    const finding = explainAnswer(context, answer);
    return {
      good: `the API server reaches the webhook, which denied a dry run in namespace ${namespace} with RC101`,
      findings: finding === null ? [] : [finding],
    };
  },
};

/** A StatefulSet that is valid but for its profile. */
function buildLabelledSet(namespace: string): unknown {
  const name = "rollcall-doctor";
  // a fixed name might exist
  const labels = { app: name, [PROFILE_LABEL]: `doctor-${randomBytes(6).toString("hex")}` };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name, namespace },
    spec: {
      replicas: 0,
      serviceName: name,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "app", image: "registry.invalid/none" }] },
      },
    },
  };
}

/** @returns null if the webhook has denied the dry run as it must */
function explainAnswer(context: DoctorContext, answer: KubeResponse): CheckFinding | null {
  const { commands, namespace, installation } = context;
  const message = readStatusMessage(answer);
  if (/statefulsets\.validate\.rollcall\.dev.* denied the request: .*\bRC101\b/s.test(message)) return null;
  const said = quoteFromCluster(message);
  if (/failed calling webhook "[^"]*rollcall\.dev"/.test(message)) return explainFailedCall(context, message);
  if (answer.status === 200 || answer.status === 201)
    return createFault(
      `the API server accepted a labelled StatefulSet in namespace ${namespace} without asking the webhook`,
      "labelled pods are created without number, and nothing is denied",
      [
        commands.create("ValidatingWebhookConfiguration", installation.configuration),
        commands.kubectl("get", "namespace", namespace, "--show-labels"),
      ],
    );
  const why = "whether the webhook answers is not known";
  if (answer.status === 404)
    return createUnknown(`namespace ${namespace} does not exist`, `${why}; set --namespace to one that does`);
  if (/ is forbidden: User .* cannot create /s.test(message))
    return createUnknown(`you may not create StatefulSets in namespace ${namespace}: ${said}`, why, [
      commands.kubectl("auth", "can-i", "create", "statefulsets.apps", "-n", namespace),
    ]);
  return createUnknown(
    `the dry run in namespace ${namespace} was refused by something else (${answer.status}): ${said}`,
    `${why}; set --namespace to a namespace where StatefulSets may be created`,
  );
}

/** The API server's words for each hop that fails, and what mends it. */
function explainFailedCall({ commands, installation }: DoctorContext, message: string): CheckFinding {
  const { namespace, service, port, deployment } = installation;
  const why = "labelled pods are not created and labelled StatefulSets are not changed";
  const said = quoteFromCluster(message);
  const isHostNetwork = deployment?.spec.template.spec.hostNetwork === true;
  if (/service "[^"]*" not found/.test(message))
    return createFault(`the webhook's Service is missing: ${said}`, why, [
      commands.create("Service", service),
    ]);
  if (/no endpoints available|connection refused/.test(message))
    return createFault(`no replica of the webhook accepts connections: ${said}`, why, [
      commands.kubectlIn(namespace, "get", "pods", "-l", "app.kubernetes.io/name=rollcall"),
      commands.kubectlIn(namespace, "rollout", "restart", `deployment/${DEPLOYMENT}`),
    ]);
  if (/x509|certificate/.test(message))
    return createFault(`the API server does not trust the webhook's certificate: ${said}`, why, [
      "# a running webhook writes caBundle within 15 seconds; its log says what prevents it",
      commands.kubectlIn(namespace, "logs", `deployment/${DEPLOYMENT}`),
    ]);
  if (/deadline exceeded|timeout|no route to host|Client\.Timeout|context canceled/.test(message))
    return createFault(
      `the control plane does not reach the webhook's pods at port ${port}: ${said}`,
      `${why}; private clusters often allow only 443 and 10250 to nodes, so allow ${port} in the firewall, ` +
        `${isHostNetwork ? "on the nodes, since the webhook is in the host network" : "listen at 10250, or use the host network"} (docs/operations.md#private-clusters)`,
      [
        `# GKE: gcloud compute firewall-rules create rollcall-webhook --network NETWORK --direction INGRESS --allow tcp:${port} --source-ranges CONTROL_PLANE_RANGE --target-tags NODE_TAG`,
        `# EKS: aws ec2 authorize-security-group-ingress --group-id NODE_GROUP --source-group CLUSTER_GROUP --protocol tcp --port ${port}`,
        commands.kubectlIn(namespace, "get", "networkpolicies"),
        commands.kubectlIn(namespace, "get", "pods", "-o", "wide"),
      ],
    );
  return createFault(`the API server cannot call the webhook: ${said}`, why, [
    commands.kubectlIn(namespace, "logs", `deployment/${DEPLOYMENT}`),
  ]);
}
