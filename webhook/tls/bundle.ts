// CA bundles: several PEM blocks, newest first.
import { X509Certificate } from "node:crypto";

/** The PEM blocks of a text, each with its newline. */
export function splitPemBlocks(text: string): string[] {
  return [...text.matchAll(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)].map(
    ([pem]) => `${pem}\n`,
  );
}

/** How many CAs are kept: the one in use and the one that a lagging replica still serves. */
const KEPT = 2;

/** The CAs that have not expired, without repetition, at most two. */
export function bundle(cas: readonly string[], now: Date): string[] {
  const normal = cas.flatMap(splitPemBlocks);
  const alive = normal.filter((pem, index) => normal.indexOf(pem) === index && isAlive(pem, now));
  return alive.slice(0, KEPT);
}

function isAlive(pem: string, now: Date): boolean {
  try {
    return new X509Certificate(pem).validToDate.getTime() > now.getTime();
  } catch {
    return false;
  }
}
