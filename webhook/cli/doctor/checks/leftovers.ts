// Whether there is a second installation, or a tool that takes caBundle from the webhook.
import { META } from "../../../../init/contract/apiObjects.ts";
import { anything, mapOf, object, readShape } from "../../../../init/contract/shape.ts";
import { FIELD_MANAGER } from "../../../cluster/api.ts";
import { isObjectName } from "../../../cluster/watchedObject.ts";
import { MANAGED_FIELDS } from "../../../kubernetes/managedFields.ts";
import { listNames } from "../../../kubernetes/shorten.ts";
import { type Check, createFault } from "../context.ts";
import { type CheckFinding, quoteFromCluster } from "../report.ts";
import { CONFIGURATION_KINDS, readConfiguration, storedConfiguration } from "./webhookConfigurations.ts";

const deployment = object({
  metadata: object({ name: META.name, namespace: META.namespace }),
});

export const checkOtherInstallations: Check = {
  group: "Leftovers",
  name: "other-installations",
  looksAt:
    "Deployments of Rollcall in all namespaces, and webhook configurations with entries of rollcall.dev",
  run: async ({ reader, installation, commands }) => {
    const { namespace } = installation;
    const query = { labelSelector: "app.kubernetes.io/name=rollcall,app.kubernetes.io/part-of=rollcall" };
    const deployments = await reader.list("/apis/apps/v1/deployments", "Deployments", deployment, query);
    const findings: CheckFinding[] = deployments
      .map(({ metadata }) => metadata)
      .filter(
        (each) => each.namespace !== namespace && isObjectName(each.namespace) && isObjectName(each.name),
      )
      .map((each) =>
        createFault(
          `Rollcall is installed in namespace ${each.namespace}, too (Deployment ${each.name})`,
          "two installations write the same webhook configurations and profile statuses; a cluster can have one",
          [commands.kubectlIn(each.namespace, "delete", "deployment", each.name)],
        ),
      );
    for (const kind of CONFIGURATION_KINDS) {
      const path = `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}s`;
      for (const { metadata, webhooks } of await reader.list(path, `${kind}s`, storedConfiguration)) {
        const ours = (webhooks ?? []).filter(({ name }) => name.endsWith(".rollcall.dev"));
        if (ours.length === 0 || !isObjectName(metadata.name)) continue;
        if (metadata.name !== installation.configuration)
          findings.push(
            createFault(
              `${kind} ${metadata.name} has entries of Rollcall: ${listNames(ours.map(({ name }) => name))}`,
              "each request is reviewed twice, or fails where that webhook does not answer",
              [commands.kubectl("delete", kind.toLowerCase(), metadata.name)],
            ),
          );
      }
    }
    return { good: `Rollcall is installed once, in namespace ${namespace}`, findings };
  },
};

const managed = object({ ...MANAGED_FIELDS, fieldsV1: anything() });
const ownedWebhooks = object({ "f:webhooks": mapOf(anything()) });
const ownedEntry = object({ "f:clientConfig": object({ "f:caBundle": object({}) }) });

/** cert-manager's CA injector, which writes caBundle if the certificate is external. */
const INJECTOR = /^(cert-manager-)?cainjector$/;

export const checkFieldManagers: Check = {
  group: "Leftovers",
  name: "ca-bundle-owners",
  looksAt: "the field managers of caBundle in both webhook configurations",
  run: async (context) => {
    const { installation, commands } = context;
    const findings: CheckFinding[] = [];
    for (const kind of CONFIGURATION_KINDS) {
      const found = await readConfiguration(context, kind);
      const foreign = (found?.metadata.managedFields ?? []).flatMap(readForeignManager);
      const others = foreign.filter((name) => !(installation.isExternal && INJECTOR.test(name)));
      if (others.length > 0)
        findings.push({
          status: "warning",
          message: `caBundle of ${kind} ${installation.configuration} was written by ${listNames([...new Set(others)].map((name) => quoteFromCluster(name, 60)))}`,
          why: "a tool that replaces it breaks each call of the webhook until the webhook writes it again, within 15 seconds",
          commands: [
            "# let the tool ignore .webhooks[].clientConfig.caBundle (docs/operations.md#gitops-and-server-side-apply); who wrote it:",
            commands.kubectl(
              "get",
              kind.toLowerCase(),
              installation.configuration,
              "-o",
              "yaml",
              "--show-managed-fields",
            ),
          ],
        });
    }
    return { good: "caBundle is written by the webhook, or the certificate's controller, alone", findings };
  },
};

/** The manager of an entry of managedFields that owns caBundle and is not the webhook. */
function readForeignManager(entry: unknown): string[] {
  const read = readShape(managed, entry);
  if ("fault" in read || read.value.manager === FIELD_MANAGER) return [];
  const owned = readShape(ownedWebhooks, read.value.fieldsV1);
  if ("fault" in owned) return [];
  const owns = Object.values(owned.value["f:webhooks"]).some(
    (each) => "value" in readShape(ownedEntry, each),
  );
  return owns ? [read.value.manager ?? "(unnamed)"] : [];
}
