// What a serving certificate is good for.
import { createPrivateKey, type X509Certificate } from "node:crypto";
import { isIP } from "node:net";

/** Whether the certificate is for this DNS name or IP address. checkIP throws at what is no address. */
export function isForName(leaf: X509Certificate, name: string): boolean {
  return (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined;
}

/** Whether the private key (PEM) is that of the certificate. */
export function hasKey(leaf: X509Certificate, key: string): boolean {
  try {
    return leaf.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
