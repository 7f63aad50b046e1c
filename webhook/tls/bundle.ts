// CA bundles: PEM blocks, newest first.
import { X509Certificate } from "node:crypto";

/** @returns the PEM blocks of a text, each with a trailing newline */
export function splitPemBlocks(text: string): string[] {
  return [...text.matchAll(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)].map(
    ([pem]) => `${pem}\n`,
  );
}

/** The current CA, and the previous one that a slow replica may still use. */
const MAX_CAS = 2;

/** Bundles CAs without repetitions and expired ones, at most two. */
export function bundle(cas: readonly string[], now: Date): string[] {
  const blocks = cas.flatMap(splitPemBlocks);
  const valid = blocks.filter((pem, index) => blocks.indexOf(pem) === index && isUnexpired(pem, now));
  return valid.slice(0, MAX_CAS);
}

function isUnexpired(pem: string, now: Date): boolean {
  try {
    return new X509Certificate(pem).validToDate.getTime() > now.getTime();
  } catch {
    return false;
  }
}
