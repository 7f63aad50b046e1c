// Whether both webhook configurations are as the base has them, and trust the certificate that the webhook serves.
import { X509Certificate } from "node:crypto";
import { META } from "../../../../init/contract/apiObjects.ts";
import {
  anything,
  list,
  mapOf,
  nullish,
  object,
  type TypeOf,
  text,
} from "../../../../init/contract/shape.ts";
import { configuredWebhooks } from "../../../kubernetes/configuredWebhooks.ts";
import { splitPemBlocks } from "../../../tls/bundle.ts";
import { isForName } from "../../../tls/leaf.ts";
import { Unreadable } from "../clusterReader.ts";
import { type Check, createFault, createUnknown, type DoctorContext } from "../context.ts";
import { findDifference } from "../expected.ts";
import { DEPLOYMENT } from "../installation.ts";
import { type CheckFinding, quoteFromCluster } from "../report.ts";

export const CONFIGURATION_KINDS = [
  "MutatingWebhookConfiguration",
  "ValidatingWebhookConfiguration",
] as const;

type ConfigurationKind = (typeof CONFIGURATION_KINDS)[number];

export const storedConfiguration = object({
  metadata: object({ name: META.name, managedFields: nullish(list(anything(), 1_000)) }),
  webhooks: configuredWebhooks,
});

type StoredConfiguration = TypeOf<typeof storedConfiguration>;

export async function readConfiguration(
  { reader, installation }: Pick<DoctorContext, "reader" | "installation">,
  kind: ConfigurationKind,
): Promise<StoredConfiguration | null> {
  const name = installation.configuration;
  const path = `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}s/${encodeURIComponent(name)}`;
  return reader.get(path, `${kind} ${name}`, storedConfiguration);
}

export const checkConfigurations: Check = {
  group: "Webhook configurations",
  name: "configurations",
  looksAt: "rules, failurePolicy, selectors and matchConditions of both webhook configurations",
  run: async (context) => {
    const findings: CheckFinding[] = [];
    for (const kind of CONFIGURATION_KINDS) findings.push(...(await compareConfiguration(context, kind)));
    return { good: "both webhook configurations are complete, as this version installs them", findings };
  },
};

async function compareConfiguration(
  context: DoctorContext,
  kind: ConfigurationKind,
): Promise<CheckFinding[]> {
  const { expected, commands, installation } = context;
  const shown = `${kind} ${installation.configuration}`;
  const replace = commands.replace(kind, installation.configuration);
  const found = await readConfiguration(context, kind);
  if (found === null)
    return [
      createFault(
        `${shown} does not exist`,
        kind === "MutatingWebhookConfiguration"
          ? "labelled pods get no number, no steps and no marker"
          : "scale-downs and pods are not validated",
        [
          "# the webhook writes caBundle within 15 seconds of:",
          commands.create(kind, installation.configuration),
        ],
      ),
    ];
  const wanted = expected.find((each) => each.kind === kind)?.object["webhooks"] as ExpectedWebhook[];
  return wanted.flatMap((each) => {
    const actual = found.webhooks?.find(({ name }) => name === each.name);
    if (actual === undefined)
      return createFault(`${shown} has no entry ${each.name}`, explainLoss(each.name), [replace]);
    const difference = findDifference(withoutTimeout(each), withoutTimeout(actual));
    if (difference === null) return [];
    const value = quoteFromCluster(JSON.stringify(getAt(actual, difference)) ?? "nothing", 120);
    return createFault(
      `${shown}, entry ${each.name}: ${difference} is ${value}, not ${JSON.stringify(getAt(each, difference)) ?? "unset"}`,
      explainLoss(each.name),
      [replace],
    );
  });
}

interface ExpectedWebhook {
  readonly name: string;
}

const LOSSES: Readonly<Record<string, string>> = {
  "pods.mutate.rollcall.dev": "labelled pods may be created without number, steps and marker",
  "pods.validate.rollcall.dev": "pods whose injection was undone may start",
  "pods-deletion.validate.rollcall.dev": "members of a ring may be deleted before they have left",
  "statefulsets.validate.rollcall.dev": "changes of StatefulSets may pass that would be denied",
  "scale.validate.rollcall.dev": "scale-downs may pass that would be denied",
  "scale-by-template.validate.rollcall.dev": "scale-downs may pass that would be denied",
  "profiles.validate.rollcall.dev":
    "profiles may be stored that cannot be active, or be deleted while in use",
};

const explainLoss = (name: string): string => LOSSES[name] ?? "requests may pass unseen";

/** Another timeout is a decision of the administrator. */
const withoutTimeout = (entry: object): unknown => ({ ...entry, timeoutSeconds: undefined });

function getAt(value: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((part) => part !== "")
    .reduce<unknown>(
      (each, part) =>
        typeof each === "object" && each !== null && Object.hasOwn(each, part)
          ? (each as Record<string, unknown>)[part]
          : undefined,
      value,
    );
}

const secretShape = object({ data: nullish(mapOf(text())) });

export const checkCertificate: Check = {
  group: "Webhook configurations",
  name: "certificate",
  looksAt: "caBundle of every entry, and the certificate in the webhook's Secret",
  run: async (context) => {
    const { reader, installation, commands } = context;
    const { namespace, secret: name } = installation;
    const shown = `Secret ${namespace}/${name}`;
    const findings: CheckFinding[] = [];
    const bundles = await readBundles(context, findings);
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
    let secret: TypeOf<typeof secretShape> | null;
    try {
      secret = await reader.get(path, shown, secretShape);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      // the check `answer` lets the API server itself verify the certificate
      const why = "whether the caBundle signs the certificate is shown only by the check `answer`";
      return { good: "", findings: [...findings, createUnknown(error.message, why)] };
    }
    const leaf = secret === null ? null : readLeaf(secret.data?.["tls.crt"]);
    if (secret === null || leaf === null) {
      findings.push(
        explainNoCertificate(
          context,
          secret === null ? `${shown} does not exist` : `${shown} has no certificate in tls.crt`,
        ),
      );
      return { good: "", findings };
    }
    findings.push(...examineLeaf(context, leaf.certificate, shown));
    for (const { place, cas } of bundles)
      if (!isTrusted(leaf, cas, reader.now()))
        findings.push(
          createFault(
            `caBundle of ${place} does not sign the certificate in ${shown}`,
            "each call of the webhook fails with x509, so labelled pods are not created",
            formatRenewal(context),
          ),
        );
    const until = leaf.certificate.validToDate.toISOString().slice(0, 10);
    return {
      good:
        bundles.length === 0
          ? `the certificate in ${shown} is valid until ${until}; there is no caBundle to compare with`
          : `the caBundle of each entry (${bundles.length}) signs the certificate in ${shown}, which is valid until ${until}`,
      findings,
    };
    function formatRenewal(of: DoctorContext): string[] {
      return of.installation.isExternal
        ? [
            "# ROLLCALL_CERTIFICATE is external: the controller that keeps the Secret has to write caBundle",
            commands.kubectlIn(namespace, "describe", "secret", name),
          ]
        : [
            "# a running webhook writes caBundle within 15 seconds; its log says what prevents it",
            commands.kubectlIn(namespace, "rollout", "restart", `deployment/${DEPLOYMENT}`),
          ];
    }
  },
};

function explainNoCertificate({ installation, commands }: DoctorContext, message: string): CheckFinding {
  const { namespace, isExternal } = installation;
  const why = "no replica of the webhook can become ready";
  if (isExternal)
    return createFault(
      message,
      `${why}: ROLLCALL_CERTIFICATE is external, so another controller has to write it`,
      [commands.kubectlIn(namespace, "get", "certificates.cert-manager.io")],
    );
  return createFault(message, why, [
    "# each replica issues a certificate at its start",
    commands.kubectlIn(namespace, "rollout", "restart", `deployment/${DEPLOYMENT}`),
  ]);
}

/** The CAs of each entry; adds a finding for each that has none. */
async function readBundles(
  context: DoctorContext,
  findings: CheckFinding[],
): Promise<{ place: string; cas: string[] }[]> {
  const { commands, installation } = context;
  const bundles: { place: string; cas: string[] }[] = [];
  for (const kind of CONFIGURATION_KINDS) {
    // the check `configurations` reports a missing one
    const found = await readConfiguration(context, kind);
    for (const { name, clientConfig } of found?.webhooks ?? []) {
      const place = `${kind} ${installation.configuration}, entry ${quoteFromCluster(name, 100)}`;
      const cas = splitPemBlocks(Buffer.from(clientConfig.caBundle ?? "", "base64").toString()).slice(0, 20);
      if (cas.length > 0) bundles.push({ place, cas });
      else
        findings.push(
          createFault(
            `caBundle of ${place} is empty`,
            "each call of the webhook fails with x509, so labelled pods are not created",
            [
              "# a running webhook writes it within 15 seconds, if it is Ready and has its rights (below)",
              commands.kubectlIn(installation.namespace, "rollout", "restart", `deployment/${DEPLOYMENT}`),
            ],
          ),
        );
    }
  }
  return bundles;
}

interface Leaf {
  readonly certificate: X509Certificate;
  readonly intermediates: readonly X509Certificate[];
}

function readLeaf(base64: string | undefined): Leaf | null {
  const pems = splitPemBlocks(Buffer.from(base64 ?? "", "base64").toString()).slice(0, 10);
  const [certificate, ...intermediates] = pems.flatMap(readCertificate);
  return certificate === undefined ? null : { certificate, intermediates };
}

function readCertificate(pem: string): X509Certificate[] {
  try {
    return [new X509Certificate(pem)];
  } catch {
    return [];
  }
}

function examineLeaf(
  { reader, installation, commands }: DoctorContext,
  leaf: X509Certificate,
  shown: string,
): CheckFinding[] {
  const { namespace, service, secret, isExternal } = installation;
  const host = `${service}.${namespace}.svc`;
  const why = "each call of the webhook fails with x509, so labelled pods are not created";
  const renew = isExternal
    ? [commands.kubectlIn(namespace, "get", "certificates.cert-manager.io")]
    : ["# the webhook issues another one:", commands.kubectlIn(namespace, "delete", "secret", secret)];
  const findings: CheckFinding[] = [];
  const now = reader.now().getTime();
  if (now >= leaf.validToDate.getTime())
    findings.push(
      createFault(
        `the certificate in ${shown} expired on ${leaf.validToDate.toISOString().slice(0, 10)}`,
        why,
        renew,
      ),
    );
  else if (now < leaf.validFromDate.getTime())
    findings.push(createFault(`the certificate in ${shown} is not valid yet`, why, renew));
  if (!isForName(leaf, host))
    findings.push(createFault(`the certificate in ${shown} is not for ${host}`, why, renew));
  return findings;
}

/** Whether one of the CAs, unexpired, has signed the certificate, or an intermediate of it. */
function isTrusted({ certificate, intermediates }: Leaf, cas: readonly string[], now: Date): boolean {
  const roots = cas.flatMap(readCertificate).filter((ca) => ca.validToDate.getTime() > now.getTime());
  const hasSigned = (issuer: X509Certificate, of: X509Certificate): boolean => {
    try {
      return of.verify(issuer.publicKey);
    } catch {
      return false;
    }
  };
  let last = certificate;
  for (const next of [...intermediates, null]) {
    const current = last;
    if (roots.some((root) => hasSigned(root, current))) return true;
    if (next === null || !hasSigned(next, current)) return false;
    last = next;
  }
  return false;
}
