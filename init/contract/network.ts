// Describes network errors in plain words: DNS, connections, certificates. Used for S3, the API server and members of a
// ring.

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was closed before the answer was complete",
  EPIPE: "the connection was closed before the answer was complete",
  ETIMEDOUT: "no answer in time",
  EHOSTUNREACH: "no route to the host; check routes and NetworkPolicies",
  ENETUNREACH: "no route to the host; check routes and NetworkPolicies",
  ENOTFOUND: "the name does not exist in DNS",
  EAI_AGAIN: "DNS does not answer",
  EPROTO: "the server does not speak TLS; check whether the address begins with https by mistake",
  ERR_INVALID_CHAR: "the keys or the token contain a character that is not allowed in an HTTP header",
};

const UNTRUSTED = "its certificate is signed by a CA that is not trusted here";

const CERTIFICATE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet; check this node's clock",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
  INVALID_CA: UNTRUSTED,
};

/** The code of a system or network error; "" if it has none. */
export function readErrorCode(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.name === "TimeoutError" || error.name === "AbortError" ? "ETIMEDOUT" : "";
}

/** Whether TLS could not be established. Then no request was sent, and a retry does not help. */
export function isTlsTrouble(code: string): boolean {
  return code in CERTIFICATE || code === "EPROTO" || /^ERR_(SSL|OSSL)_/.test(code);
}

/** One clause that describes the error, followed by the system's code. */
export function describeNetworkError(error: unknown): string {
  const code = readErrorCode(error);
  const plain = CERTIFICATE[code] ?? WORDS[code] ?? (isTlsTrouble(code) ? WORDS["EPROTO"] : undefined);
  if (plain !== undefined) return `${plain} (${code})`;
  return error instanceof Error && error.message !== "" ? error.message : code || String(error);
}
