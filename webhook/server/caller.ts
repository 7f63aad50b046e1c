// Authenticates the API server by its client certificate if ROLLCALL_CLIENT_CA is set (docs/threat-model.md). Probes and
// metrics need no certificate, since kubelets and Prometheus have none.
import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

export interface CallerCheck {
  /** PEM, one or more certificates */
  readonly ca: string;
  /** accepted common names */
  readonly names: readonly string[];
}

/**
 * TLS options of the server and of its secure context. A client certificate is requested but not required, so that probes
 * work without one.
 * @param check null: no client certificate is requested
 */
export function buildTlsOptions(check: CallerCheck | null) {
  if (check === null) return {};
  // no tickets: a resumed session keeps the certificate of an earlier handshake, even if its CA is no longer trusted
  return {
    ca: check.ca,
    requestCert: true,
    rejectUnauthorized: false,
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

/** Why a caller's reviews are refused, as a sentence for the API server's log; null: they are accepted. */
export function explainRefusal(socket: Socket, { names }: CallerCheck): string | null {
  const rule = `only the API server may send reviews, with a client certificate for ${names.join(" or ")} (ROLLCALL_CLIENT_CA, docs/threat-model.md)`;
  if (!(socket instanceof TLSSocket)) return `${rule}; this connection does not use TLS`;
  if (!socket.authorized)
    return `${rule}; this caller has no valid one: ${describeAuthorizationError(socket)}`;
  const { CN: name } = socket.getPeerCertificate().subject;
  // several common names are an array, which is not accepted
  if (typeof name === "string" && names.includes(name)) return null;
  return `${rule}; this caller's certificate is for another name`;
}

function describeAuthorizationError({ authorizationError: why }: TLSSocket): string {
  // typed as an Error, but it is a code such as UNABLE_TO_GET_ISSUER_CERT
  const text: unknown = why;
  return typeof text === "string" ? text : "no certificate";
}
