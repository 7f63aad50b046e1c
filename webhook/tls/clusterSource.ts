// The certificate of all replicas, kept in one Secret. The first replica that notices a need creates or renews it, and each
// publishes its CA as the caBundle of both webhook configurations. A new CA is published together with the old one before a
// replica serves its certificate, so that no handshake fails (docs/research/kubernetes-admission.md#certificates).
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
  /** the API server's clock, so that all replicas agree */
  now: () => Date | Promise<Date>;
  log: (message: string) => void;
}

export interface SyncResult {
  certificate: Certificate;
  /** null: all entries of both configurations trust the certificate's CA; otherwise which do not, and why */
  whyNotTrusted: string | null;
}

const KINDS: readonly ConfigurationKind[] = ["mutating", "validating"];

/**
 * Reads the certificate, creates or renews it if needed, and publishes its CA. Every replica calls this at startup and then
 * four times a minute. Concurrent calls agree, since the Secret is written with its resourceVersion as a precondition.
 */
export async function syncCertificate(input: SourceInput): Promise<SyncResult> {
  const { certificate, cas } = await readOrIssue(input);
  const notTrusted: string[] = [];
  for (const kind of KINDS) notTrusted.push(...(await publish(input, kind, cas)));
  return { certificate, whyNotTrusted: notTrusted.length === 0 ? null : notTrusted.join("; ") };
}

interface StoredCertificate {
  certificate: Certificate;
  /** PEM blocks of the current CA and of unexpired previous ones */
  cas: readonly string[];
}

async function readOrIssue(input: SourceInput): Promise<StoredCertificate> {
  const { cluster, namespace, secret: name, names, now, log } = input;
  // enough to lose the race to create, to lose the race to renew, and to read the result
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const secret = await cluster.readSecret(namespace, name);
    const stored = secret === null ? null : parse(secret);
    const at = await now();
    const why = stored === null ? "none exists" : explainRenewal(stored.certificate, names, at);
    if (stored !== null && why === null) return stored;
    log(`issuing a certificate for ${names[0]}: ${why}`);
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

/** Sets the bundle in every entry that has another one. @returns one line for each failure */
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
      log(`published the CA in the ${kind} webhook configuration ${configuration}, entry ${name}`);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    failed.push(`cannot publish the CA in the ${kind} webhook configuration ${configuration}: ${why}`);
  }
  return failed;
}
