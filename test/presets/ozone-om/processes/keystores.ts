// Keystores of web servers over HTTPS: each process has a certificate for its own names, of a CA of its own.
import forge from "node-forge";
import { issueSelfSigned } from "../../../../webhook/tls/selfSigned.ts";
import { formatMemberAddress, formatMemberName } from "./names.ts";

export interface Keystore {
  readonly pkcs12: Uint8Array;
  readonly password: string;
}

export interface Keystores {
  /** PEM of all CAs */
  readonly caBundle: string;
  readonly scm: Keystore;
  /** by ordinal */
  readonly members: readonly Keystore[];
}

export async function makeKeystores(members: number): Promise<Keystores> {
  const ordinals = Array.from({ length: members }, (_, ordinal) => ordinal);
  const [scm, ...others] = await Promise.all([
    makeKeystore(["localhost"]),
    // processes have no DNS, so the runner asks by address
    ...ordinals.map((ordinal) => makeKeystore([formatMemberName(ordinal), formatMemberAddress(ordinal)])),
  ]);
  return {
    caBundle: [scm, ...others].map(({ ca }) => ca).join(""),
    scm: scm.keystore,
    members: others.map(({ keystore }) => keystore),
  };
}

async function makeKeystore(
  names: readonly [string, ...string[]],
): Promise<{ ca: string; keystore: Keystore }> {
  const { cert, key, ca } = await issueSelfSigned(names, new Date());
  const password = "changeit";
  const store = forge.pkcs12.toPkcs12Asn1(
    forge.pki.privateKeyFromPem(key),
    [cert, ca].map((pem) => forge.pki.certificateFromPem(pem)),
    password,
    { algorithm: "3des" },
  );
  return { ca, keystore: { pkcs12: Buffer.from(forge.asn1.toDer(store).getBytes(), "binary"), password } };
}
