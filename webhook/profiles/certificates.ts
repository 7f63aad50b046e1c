// CA certificates that are written into a profile.
import { X509Certificate } from "node:crypto";
import * as z from "zod";

/** PEM blocks of certificates and nothing else; also a pattern of the custom resource definition. */
export const PEM_CERTIFICATES =
  /^\s*(-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/;

/** Between two blocks of a text that matches. */
const BETWEEN = /(?<=-----END CERTIFICATE-----)\s*(?=-)/;

/** One or more certificates, each of which can be parsed. @param longest characters */
export const defineCertificates = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(PEM_CERTIFICATES, "one or more certificates in PEM format")
    .superRefine((text, context) => {
      if (text.length > longest || !PEM_CERTIFICATES.test(text)) return;
      const broken = text
        .trim()
        .split(BETWEEN)
        .findIndex((pem) => !isCertificate(pem));
      if (broken === -1) return;
      context.addIssue({ code: "custom", message: `certificate ${broken + 1} cannot be read` });
    });

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}
