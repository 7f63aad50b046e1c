// Who asks for a review: the API server, by its client certificate, where the setting `clientCA` names one
// (docs/threat-model.md). Probes and metrics are open to all who reach the port: kubelets and Prometheus have none.
import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

export interface CallerCheck {
  /** PEM, one or more certificates */
  readonly ca: string;
  /** common names that count */
  readonly names: readonly string[];
}

/**
 * Options of the server and of its secure context. Certificates are asked for, not required: who has none may still probe.
 * @param check null: nobody is asked for one
 */
export function buildTlsOptions(check: CallerCheck | null) {
  if (check === null) return {};
  // a resumed session would show the certificate of an earlier handshake, also when its CA is not trusted any more
  return {
    ca: check.ca,
    requestCert: true,
    rejectUnauthorized: false,
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

/** Why a caller may not ask for a review, in a sentence for the API server's log; null: it may. */
export function explainRefusal(socket: Socket, { names }: CallerCheck): string | null {
  const must = `reviews are for the API server alone, which shows a client certificate for ${names.join(" or ")} (ROLLCALL_CLIENT_CA, docs/threat-model.md)`;
  if (!(socket instanceof TLSSocket)) return `${must}; this caller does not speak TLS`;
  if (!socket.authorized)
    return `${must}; this caller shows none that counts: ${describeAuthorizationError(socket)}`;
  const { CN: name } = socket.getPeerCertificate().subject;
  // of several none is the one that the CA meant
  if (typeof name === "string" && names.includes(name)) return null;
  return `${must}; this caller's is for another name`;
}

function describeAuthorizationError({ authorizationError: why }: TLSSocket): string {
  // typed as an Error, and in truth a code such as UNABLE_TO_GET_ISSUER_CERT
  const text: unknown = why;
  return typeof text === "string" ? text : "no certificate";
}
