// Client certificates of a test CA, as an API server would present one.
import { generateKeyPairSync } from "node:crypto";
import forge from "node-forge";

export interface ClientCa {
  /** PEM */
  readonly ca: string;
  /** @param names common names of the subject */
  sign(...names: string[]): { cert: string; key: string };
}

/** @param usage of the certificates @default clientAuth */
export function makeClientCa(usage: "clientAuth" | "serverAuth" = "clientAuth"): ClientCa {
  const keys = newKeys();
  const ca = draft(["test-ca"], ["test-ca"], keys.forge.publicKey);
  ca.setExtensions([
    { name: "basicConstraints", cA: true, critical: true },
    { name: "subjectKeyIdentifier" },
  ]);
  ca.sign(keys.forge.privateKey, forge.md.sha256.create());
  return {
    ca: forge.pki.certificateToPem(ca),
    sign: (...names) => {
      const own = newKeys();
      const leaf = draft(names, ["test-ca"], own.forge.publicKey);
      leaf.setExtensions([{ name: "extKeyUsage", [usage]: true }]);
      leaf.sign(keys.forge.privateKey, forge.md.sha256.create());
      return { cert: forge.pki.certificateToPem(leaf), key: own.pem };
    },
  };
}

function newKeys() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const forged = forge.pki.privateKeyFromPem(pem);
  return { pem, forge: { privateKey: forged, publicKey: forge.pki.rsa.setPublicKey(forged.n, forged.e) } };
}

/** A test cluster may run for some days. */
const VALID_MS = 30 * 24 * 3_600_000;

let serial = 1;

function draft(
  subject: readonly string[],
  issuer: readonly string[],
  key: forge.pki.rsa.PublicKey,
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = key;
  certificate.serialNumber = `01${String(serial++).padStart(4, "0")}`;
  certificate.validity.notBefore = new Date(Date.now() - 60_000);
  certificate.validity.notAfter = new Date(Date.now() + VALID_MS);
  const named = (names: readonly string[]) => names.map((value) => ({ name: "commonName", value }));
  certificate.setSubject(named(subject));
  certificate.setIssuer(named(issuer));
  return certificate;
}
