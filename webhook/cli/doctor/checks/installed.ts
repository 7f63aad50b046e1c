// Whether the webhook's objects exist, its replicas are ready, and all parts are of one version.

import { anything, object } from "../../../../init/contract/shape.ts";
import { VERSION } from "../../../../init/contract/version.ts";
import { conditionedStatus } from "../../../kubernetes/conditions.ts";
import { type Check, createFault, createUnknown, type DoctorContext } from "../context.ts";
import { DEPLOYMENT } from "../installation.ts";
import { type CheckFinding, quoteFromCluster } from "../report.ts";

/** Objects of the installation's namespace whose loss is noticed late. */
const NAMESPACED = [
  {
    kind: "Service",
    path: (namespace: string) => `/api/v1/namespaces/${namespace}/services/rollcall`,
    why: "the API server cannot call the webhook, so labelled pods are not created",
  },
  {
    kind: "PodDisruptionBudget",
    path: (namespace: string) => `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/rollcall`,
    why: "a node drain may evict all replicas at once, and then no labelled pod is created",
  },
  {
    kind: "ServiceAccount",
    path: (namespace: string) => `/api/v1/namespaces/${namespace}/serviceaccounts/rollcall`,
    why: "no replica of the webhook can start",
  },
] as const;

export const checkObjects: Check = {
  group: "Installation",
  name: "objects",
  looksAt: "the namespace, Service, PodDisruptionBudget and ServiceAccount of the webhook",
  run: async ({ reader, installation, commands }) => {
    const { namespace } = installation;
    const at = encodeURIComponent(namespace);
    const findings: CheckFinding[] = [];
    if ((await reader.get(`/api/v1/namespaces/${at}`, `Namespace ${namespace}`, anything())) === null)
      findings.push(
        createFault(`Namespace ${namespace} does not exist`, "Rollcall is not installed", [
          "# in the folder of your kustomization (README, Install):",
          commands.kubectl("apply", "-k", "."),
        ]),
      );
    else
      for (const { kind, path, why } of NAMESPACED)
        if ((await reader.get(path(at), `${kind} ${namespace}/rollcall`, anything())) === null)
          findings.push(
            createFault(`${kind} ${namespace}/rollcall does not exist`, why, [
              commands.create(kind, "rollcall"),
            ]),
          );
    return {
      good: `the namespace ${namespace} has Service, PodDisruptionBudget and ServiceAccount`,
      findings,
    };
  },
};

const replicaSet = object({ status: conditionedStatus });

export const checkReplicas: Check = {
  group: "Installation",
  name: "replicas",
  looksAt: "the Deployment of the webhook and its Ready replicas",
  run: async (context) => {
    const { installation, commands } = context;
    const { namespace, deployment, unreadable } = installation;
    const shown = `Deployment ${namespace}/${DEPLOYMENT}`;
    if (unreadable !== null)
      return { good: "", findings: [createUnknown(unreadable, "whether replicas are ready is not known")] };
    if (deployment === null) return { good: "", findings: [await explainMissing(context, shown)] };
    const wanted = deployment.spec.replicas ?? 1;
    const ready = deployment.status?.readyReplicas ?? 0;
    const good = `${ready} of ${wanted} replicas are Ready`;
    const scale = commands.kubectlIn(namespace, "scale", `deployment/${DEPLOYMENT}`, "--replicas=2");
    if (wanted === 0)
      return {
        good,
        findings: [
          createFault(
            `${shown} is scaled to 0 replicas`,
            "no labelled pod is created and no labelled StatefulSet is changed",
            [scale],
          ),
        ],
      };
    if (ready === 0) return { good, findings: [await explainNotReady(context, shown)] };
    const findings: CheckFinding[] = [];
    if (ready < wanted)
      findings.push({
        status: "warning",
        message: `${shown}: only ${ready} of ${wanted} replicas are Ready`,
        why: "fewer failures can be survived",
        commands: [
          commands.kubectlIn(namespace, "describe", "pods", "-l", "app.kubernetes.io/name=rollcall"),
          commands.kubectlIn(namespace, "logs", `deployment/${DEPLOYMENT}`),
        ],
      });
    if (wanted === 1)
      findings.push({
        status: "warning",
        message: `${shown} has one replica`,
        why: "labelled pods are not created while it restarts or its node is drained",
        commands: [scale],
      });
    return { good, findings };
  },
};

async function explainMissing({ commands }: DoctorContext, shown: string): Promise<CheckFinding> {
  return createFault(`${shown} does not exist`, "no webhook answers, so labelled pods are not created", [
    "# in the folder of your kustomization (README, Install):",
    commands.kubectl("apply", "-k", "."),
  ]);
}

async function explainNotReady(context: DoctorContext, shown: string): Promise<CheckFinding> {
  const { commands, installation } = context;
  const { namespace } = installation;
  const quota = await readCreationFailure(context);
  const why = "no labelled pod is created and no labelled StatefulSet is changed";
  if (quota !== null && /insufficient quota to match these scopes/.test(quota))
    return createFault(
      `${shown} has no pods: ${quota}`,
      `the cluster wants a quota for the priority class; ${why}`,
      [commands.kubectl("apply", "-k", "manifests/overlays/priority-quota")],
    );
  return createFault(
    `${shown}: no replica is Ready${quota === null ? "" : `, since its pods cannot be created: ${quota}`}`,
    why,
    [
      commands.kubectlIn(namespace, "describe", "pods", "-l", "app.kubernetes.io/name=rollcall"),
      commands.kubectlIn(namespace, "logs", `deployment/${DEPLOYMENT}`, "--all-containers"),
    ],
  );
}

/** Why the ReplicaSet creates no pods; null: it does, or that is not known. */
async function readCreationFailure({ reader, installation }: DoctorContext): Promise<string | null> {
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(installation.namespace)}/replicasets`;
  const query = { labelSelector: "app.kubernetes.io/name=rollcall" };
  const found = await reader.list(path, "ReplicaSets", replicaSet, query).catch(() => []);
  const failure = found
    .flatMap(({ status }) => status?.conditions ?? [])
    .find(({ type }) => type === "ReplicaFailure");
  return failure === undefined ? null : quoteFromCluster(failure.message ?? "");
}

export const checkVersions: Check = {
  group: "Installation",
  name: "versions",
  looksAt: "the tags of the webhook's image and the init image, and the version of this command",
  run: async ({ installation, commands }) => {
    const { deployment, unreadable, namespace } = installation;
    if (deployment === null)
      return {
        good: "",
        findings: [
          createUnknown(unreadable ?? "there is no Deployment to read images from", "versions are not known"),
        ],
      };
    const { containers, initContainers } = deployment.spec.template.spec;
    const webhook = containers.find(({ name }) => name === "webhook")?.image ?? "";
    const init = initContainers?.find(({ name }) => name === "init-image")?.image ?? "";
    const [webhookTag, initTag] = [readTag(webhook), readTag(init)];
    const shown = `webhook ${quoteFromCluster(webhook, 200)}, init ${quoteFromCluster(init, 200)}`;
    const apply = [
      "# in the folder of your kustomization, after setting newTag of both images:",
      commands.kubectl("apply", "-k", "."),
    ];
    if (init === "")
      return {
        good: "",
        findings: [
          createFault(
            `Deployment ${namespace}/${DEPLOYMENT} has no init container init-image`,
            "the webhook does not know which image to inject, and does not start",
            apply.slice(1),
          ),
        ],
      };
    const findings: CheckFinding[] = [];
    if (webhookTag !== null && initTag !== null && webhookTag !== initTag)
      findings.push(
        createFault(
          `the images are of different versions: ${shown}`,
          "the runner may not understand the webhook's plan",
          apply,
        ),
      );
    const version = webhookTag === null ? null : readVersion(webhookTag);
    if (version !== null && version !== VERSION)
      findings.push(
        createFault(
          `the webhook is of version ${version}, this command of ${VERSION}`,
          "the other checks compare with what this version installs, and may be wrong",
          [`# run doctor from a checkout of version ${version}, or upgrade the installation:`, ...apply],
        ),
      );
    if (webhookTag === null || initTag === null || version === null)
      findings.push({
        status: "info",
        message: `the image names do not tell the version: ${shown}`,
        why: "whether it is that of this command was not compared",
        commands: [],
      });
    return { good: `${shown}; this command is of the same version, ${VERSION}`, findings };
  },
};

/** The tag of an image; null: it has none, or only a digest. */
function readTag(image: string): string | null {
  return (
    /:([\w][\w.-]{0,127})(@.*)?$/.exec(image.slice(image.lastIndexOf("/") + 1).split("@")[0] ?? "")?.[1] ??
    null
  );
}

const readVersion = (tag: string): string | null => /^v?(\d{1,6}\.\d{1,6}\.\d{1,6})$/.exec(tag)?.[1] ?? null;
