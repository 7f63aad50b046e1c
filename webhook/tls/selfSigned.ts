// A CA and a serving certificate of our own. Keys come from node:crypto, in another thread; node-forge only
// writes the X.509 around them, since its own key generation stops the server for up to 700 ms
// (docs/research/kubernetes-admission.md#certificates). RSA, since forge cannot read elliptic keys.
import { generateKeyPair, randomBytes, X509Certificate } from "node:crypto";
import { promisify } from "node:util";
import forge from "node-forge";
import { hasKey, isForName } from "./leaf.ts";

/** What a TLS server needs, and the CA that clients trust it by; all PEM. */
export interface Certificate {
  cert: string;
  key: string;
  ca: string;
}

const DAY_MS = 86_400_000;
const CA_DAYS = 365;
const LEAF_DAYS = 90;
/** Renewed when this share of a lifetime has gone by, so that a week's outage is no drama. */
const RENEW_AFTER = 2 / 3;
/** Clocks of API servers may be behind ours. */
const BACKDATE_MS = 5 * 60_000;

const newKey = promisify(generateKeyPair);

/**
 * Makes a CA, and a certificate for `names` signed by it. The CA's key is forgotten at once: a renewal makes a
 * new CA, which is published beside the old one.
 * @param names DNS names and IP addresses; the first is the subject
 */
export async function issueSelfSigned(
  names: readonly [string, ...string[]],
  now: Date,
): Promise<Certificate> {
  const [caKeys, keys] = await Promise.all([rsaKey(), rsaKey()]);
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
    { name: "subjectAltName", altNames: names.map(altName) },
    // all our CAs have one name: without this, OpenSSL tries the first of a bundle and no other
    { name: "authorityKeyIdentifier", keyIdentifier: ca.generateSubjectKeyIdentifier().getBytes() },
  ]);
  leaf.sign(caKeys.forge.privateKey, forge.md.sha256.create());
  return { cert: toPem(leaf), key: keys.pem, ca: toPem(ca) };
}

/** One form everywhere, so that texts can be compared: forge writes \r\n. */
const toPem = (certificate: forge.pki.Certificate): string =>
  forge.pki.certificateToPem(certificate).replaceAll("\r\n", "\n");

async function rsaKey() {
  const { privateKey } = await newKey("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const forged = forge.pki.privateKeyFromPem(pem);
  return { pem, forge: { privateKey: forged, publicKey: forge.pki.rsa.setPublicKey(forged.n, forged.e) } };
}

function draft(given: { subject: string; issuer: string; days: number; now: Date }): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  // positive and unique: two CAs of one name must not be taken for one another
  certificate.serialNumber = `01${randomBytes(15).toString("hex")}`;
  certificate.validity.notBefore = new Date(given.now.getTime() - BACKDATE_MS);
  certificate.validity.notAfter = new Date(given.now.getTime() + given.days * DAY_MS);
  certificate.setSubject([{ name: "commonName", value: given.subject.slice(0, 64) }]);
  certificate.setIssuer([{ name: "commonName", value: given.issuer }]);
  return certificate;
}

const DNS_TYPE = 2;
const IP_TYPE = 7;

function altName(name: string): { type: number; value?: string; ip?: string } {
  return /^[\d.]+$|:/.test(name) ? { type: IP_TYPE, ip: name } : { type: DNS_TYPE, value: name };
}

/** Why a stored certificate cannot be used, or must be renewed by now; null while it is good. */
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
    return "it cannot be read";
  }
  if (!hasKey(leaf, key)) return "its key is another's";
  if (!leaf.verify(authority.publicKey)) return "its CA has not signed it";
  const missing = names.find((name) => !isForName(leaf, name));
  if (missing !== undefined) return `it is not for ${missing}`;
  for (const [what, each] of [["it", leaf] as const, ["its CA", authority] as const]) {
    const from = each.validFromDate.getTime();
    const until = each.validToDate.getTime();
    // made by a clock that was far ahead
    if (now.getTime() < from) return `${what} is not valid yet`;
    if (now.getTime() >= until) return `${what} has expired`;
    if (now.getTime() >= from + (until - from) * RENEW_AFTER)
      return `two thirds of the lifetime of ${what} are over`;
  }
  return null;
}
