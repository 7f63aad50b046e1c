// Certificates in a cluster: one Secret for all replicas, made by whoever comes first, renewed by whoever
// notices first, and published as the caBundle of both webhook configurations. A new CA is published beside
// the old one before anybody serves a leaf of it, so that no handshake fails meanwhile
// (docs/research/kubernetes-admission.md#certificates).
import type { ClusterApi, ConfigurationKind, StoredSecret } from "../cluster/api.ts";
import { bundle, splitPemBlocks } from "./bundle.ts";
import { type Certificate, explainRenewal, issueSelfSigned } from "./selfSigned.ts";

export interface SourceInput {
  cluster: ClusterApi;
  namespace: string;
  secret: string;
  /** the name of both webhook configurations */
  configuration: string;
  /** DNS names of the Service */
  names: readonly [string, ...string[]];
  /** one clock for all replicas: the API server's */
  now: () => Date | Promise<Date>;
  log: (message: string) => void;
}

export interface SyncResult {
  certificate: Certificate;
  /** null: every entry of both configurations trusts this certificate's CA; else which one does not */
  whyNotTrusted: string | null;
}

const KINDS: readonly ConfigurationKind[] = ["mutating", "validating"];

/**
 * Reads, or makes, or renews the certificate and publishes its CA. Called at the start and then four times a minute by
 * every replica; concurrent calls agree, since the Secret is written under its resourceVersion.
 */
export async function syncCertificate(input: SourceInput): Promise<SyncResult> {
  const { certificate, cas } = await storedOrNew(input);
  const notTrusted: string[] = [];
  for (const kind of KINDS) notTrusted.push(...(await publish(input, kind, cas)));
  return { certificate, whyNotTrusted: notTrusted.length === 0 ? null : notTrusted.join("; ") };
}

interface StoredCertificate {
  certificate: Certificate;
  /** PEM blocks of the CA in use and of those before it that have not expired */
  cas: readonly string[];
}

async function storedOrNew(input: SourceInput): Promise<StoredCertificate> {
  const { cluster, namespace, secret: name, names, now, log } = input;
  // at most: lost the race to create, lost it to renew, read what the winner wrote
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const secret = await cluster.readSecret(namespace, name);
    const stored = secret === null ? null : parse(secret);
    const at = await now();
    const why = stored === null ? "there is none" : explainRenewal(stored.certificate, names, at);
    if (stored !== null && why === null) return stored;
    log(`making a certificate for ${names[0]}: ${why}`);
    const certificate = await issueSelfSigned(names, at);
    const cas = bundle([certificate.ca, ...(stored?.cas ?? [])], at);
    const data = encode({ "tls.crt": certificate.cert, "tls.key": certificate.key, "ca.crt": cas.join("") });
    if (await cluster.writeSecret({ namespace, name, data }, secret?.resourceVersion ?? null))
      return { certificate, cas };
  }
  throw new Error(`Secret ${namespace}/${name} changes faster than it can be read`);
}

function parse({ data }: StoredSecret): StoredCertificate {
  const text = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString();
  const cas = splitPemBlocks(text("ca.crt"));
  return { certificate: { cert: text("tls.crt"), key: text("tls.key"), ca: cas[0] ?? "" }, cas };
}

function encode(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );
}

/** Gives every entry the bundle where it has another one; says which entries could not be given it. */
async function publish(
  { cluster, configuration, log }: SourceInput,
  kind: ConfigurationKind,
  cas: readonly string[],
): Promise<string[]> {
  const caBundle = Buffer.from(cas.join("")).toString("base64");
  const failed: string[] = [];
  try {
    const { entries } = await cluster.readConfiguration(kind, configuration);
    for (const [index, { name, caBundle: present }] of entries.entries()) {
      if (present === caBundle) continue;
      await cluster.setCaBundle(kind, configuration, { index, name, caBundle });
      log(`the CA is published in the ${kind} webhook configuration ${configuration}, entry ${name}`);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    failed.push(
      `the CA could not be published in the ${kind} webhook configuration ${configuration}: ${why}`,
    );
  }
  return failed;
}
