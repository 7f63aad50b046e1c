// Issues a CA and a serving certificate. node:crypto generates the keys in another thread, and node-forge only writes the
// certificates, since its own key generation blocks the event loop for up to 700 ms
// (docs/research/kubernetes-admission.md#certificates). RSA, since node-forge does not support elliptic curve keys.
import { generateKeyPair, randomBytes, X509Certificate } from "node:crypto";
import { promisify } from "node:util";
import forge from "node-forge";
import { hasKey, isForName } from "./leaf.ts";

/** Certificate and key of a TLS server, and the CA that clients trust; all PEM. */
export interface Certificate {
  cert: string;
  key: string;
  ca: string;
}

const DAY_MS = 86_400_000;
const CA_DAYS = 365;
const LEAF_DAYS = 90;
/** Renewed after this share of the lifetime, early enough to survive an outage of weeks. */
const RENEW_AFTER = 2 / 3;
/** The clocks of API servers may be behind. */
const BACKDATE_MS = 5 * 60_000;

const newKey = promisify(generateKeyPair);

/**
 * Issues a CA, and a certificate for `names` signed by it. The CA's key is not stored: a renewal creates a new CA.
 * @param names DNS names and IP addresses; the first is the subject
 */
export async function issueSelfSigned(
  names: readonly [string, ...string[]],
  now: Date,
): Promise<Certificate> {
  const [caKeys, keys] = await Promise.all([generateRsaKey(), generateRsaKey()]);
  const ca = draft({ subject: "rollcall-ca", issuer: "rollcall-ca", days: CA_DAYS, now });
  ca.publicKey = caKeys.forge.publicKey;
  ca.setExtensions([
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    { name: "subjectKeyIdentifier" },
  ]);
  ca.sign(caKeys.forge.privateKey, forge.md.sha256.create());

  const leaf = draft({ subject: names[0], issuer: "rollcall-ca", days: LEAF_DAYS, now });
  leaf.publicKey = keys.forge.publicKey;
  leaf.setExtensions([
    { name: "basicConstraints", cA: false, critical: true },
    { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectAltName", altNames: names.map(toAltName) },
    // all CAs have the same name: without this, OpenSSL would try only the first CA of a bundle
    { name: "authorityKeyIdentifier", keyIdentifier: ca.generateSubjectKeyIdentifier().getBytes() },
  ]);
  leaf.sign(caKeys.forge.privateKey, forge.md.sha256.create());
  return { cert: toPem(leaf), key: keys.pem, ca: toPem(ca) };
}

/** Normalizes line ends, so that texts can be compared: forge writes \r\n. */
const toPem = (certificate: forge.pki.Certificate): string =>
  forge.pki.certificateToPem(certificate).replaceAll("\r\n", "\n");

async function generateRsaKey() {
  const { privateKey } = await newKey("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const forged = forge.pki.privateKeyFromPem(pem);
  return { pem, forge: { privateKey: forged, publicKey: forge.pki.rsa.setPublicKey(forged.n, forged.e) } };
}

function draft(fields: { subject: string; issuer: string; days: number; now: Date }): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  // positive and unique, since all CAs have the same name
  certificate.serialNumber = `01${randomBytes(15).toString("hex")}`;
  certificate.validity.notBefore = new Date(fields.now.getTime() - BACKDATE_MS);
  certificate.validity.notAfter = new Date(fields.now.getTime() + fields.days * DAY_MS);
  certificate.setSubject([{ name: "commonName", value: fields.subject.slice(0, 64) }]);
  certificate.setIssuer([{ name: "commonName", value: fields.issuer }]);
  return certificate;
}

const DNS_TYPE = 2;
const IP_TYPE = 7;

function toAltName(name: string): { type: number; value?: string; ip?: string } {
  return /^[\d.]+$|:/.test(name) ? { type: IP_TYPE, ip: name } : { type: DNS_TYPE, value: name };
}

/** Why a stored certificate is unusable or must be renewed; null: it is valid. */
export function explainRenewal(
  { cert, key, ca }: Certificate,
  names: readonly string[],
  now: Date,
): string | null {
  let leaf: X509Certificate;
  let authority: X509Certificate;
  try {
    leaf = new X509Certificate(cert);
    authority = new X509Certificate(ca);
  } catch {
    return "the stored certificate cannot be parsed";
  }
  if (!hasKey(leaf, key)) return "the private key does not match the certificate";
  if (!leaf.verify(authority.publicKey)) return "the certificate is not signed by its CA";
  const missing = names.find((name) => !isForName(leaf, name));
  if (missing !== undefined) return `the certificate is not valid for ${missing}`;
  for (const [subject, each] of [
    ["the certificate", leaf],
    ["the CA", authority],
  ] as const) {
    const from = each.validFromDate.getTime();
    const until = each.validToDate.getTime();
    // issued by a clock that was far ahead
    if (now.getTime() < from) return `${subject} is not valid yet`;
    if (now.getTime() >= until) return `${subject} has expired`;
    if (now.getTime() >= from + (until - from) * RENEW_AFTER)
      return `two thirds of the lifetime of ${subject} are over`;
  }
  return null;
}
