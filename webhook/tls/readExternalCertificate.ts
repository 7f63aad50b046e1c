// A certificate that another controller writes into the Secret, such as cert-manager, whose CA injector sets the caBundle
// of both webhook configurations. Nothing is written here: two writers would replace each other's certificate.
import { X509Certificate } from "node:crypto";
import type { ConfigurationKind } from "../cluster/api.ts";
import { splitPemBlocks } from "./bundle.ts";
import type { SourceInput, SyncResult } from "./clusterSource.ts";
import { hasKey, isForName } from "./leaf.ts";

const KINDS: readonly ConfigurationKind[] = ["mutating", "validating"];

/**
 * Reads the certificate, and looks whether every entry of both configurations trusts its CA.
 * @throws where the Secret has no certificate that could be served; the caller keeps the one that it has
 */
export async function readExternalCertificate(input: SourceInput): Promise<SyncResult> {
  const { cluster, namespace, secret: name, names, now } = input;
  const secret = await cluster.readSecret(namespace, name);
  if (secret === null) throw new Error(`Secret ${namespace}/${name} is not there yet: ${WRITER}`);
  const text = (key: string): string => Buffer.from(secret.data[key] ?? "", "base64").toString();
  const [cert, key, cas] = [text("tls.crt"), text("tls.key"), splitPemBlocks(text("ca.crt"))];
  const why = explainUnusable({ cert, key, cas }, names[0], await now());
  if (why !== null)
    throw new Error(`the certificate in Secret ${namespace}/${name} cannot be served, ${why}: ${WRITER}`);
  return { certificate: { cert, key, ca: cas[0] ?? "" }, whyNotTrusted: await explainDistrust(input, cas) };
}

const WRITER = "ROLLCALL_CERTIFICATE is external, so cert-manager or another controller has to write it";

interface ExternalCertificate {
  readonly cert: string;
  readonly key: string;
  readonly cas: readonly string[];
}

/** The API server calls `name` alone. When to renew is the other controller's to decide. */
function explainUnusable({ cert, key, cas }: ExternalCertificate, name: string, now: Date): string | null {
  let leaf: X509Certificate;
  let issuers: X509Certificate[];
  try {
    leaf = new X509Certificate(cert);
    // behind the leaf come the intermediate CAs
    issuers = [...splitPemBlocks(cert).slice(1), ...cas].map((pem) => new X509Certificate(pem));
  } catch {
    return "its tls.crt or ca.crt cannot be read";
  }
  if (!hasKey(leaf, key)) return "its tls.key is another's";
  if (cas.length === 0) return "its ca.crt has no CA, which the API server would trust it by";
  if (!issuers.some((issuer) => leaf.verify(issuer.publicKey))) return "its CA has not signed it";
  if (!isForName(leaf, name)) return `it is not for ${name}`;
  return now.getTime() < leaf.validToDate.getTime() ? null : "it has expired";
}

/** The first entry that trusts none of the CAs, in words; null: all trust one. */
async function explainDistrust(
  { cluster, configuration }: SourceInput,
  cas: readonly string[],
): Promise<string | null> {
  for (const kind of KINDS) {
    const { entries } = await cluster.readConfiguration(kind, configuration);
    for (const { name, caBundle } of entries) {
      const trusted = splitPemBlocks(Buffer.from(caBundle, "base64").toString());
      if (!cas.some((ca) => trusted.includes(ca)))
        return `entry ${name} of the ${kind} webhook configuration ${configuration} does not trust the certificate's CA: cert-manager's CA injector has to write its caBundle`;
    }
  }
  return null;
}
