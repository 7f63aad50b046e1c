// The webhook's configuration, read from the environment once at startup.
import * as z from "zod";
import { DEFAULT_CONTROLLER_USERS } from "../mutation/settings.ts";

const port = z.coerce.number().int().min(0).max(65535);

/** Comma-separated names. Empty entries are dropped, since they would match requests without a user name. */
const names = z
  .string()
  .transform((text) =>
    text
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  )
  .refine((found) => found.length > 0, "has no names");

const environment = z.object({
  ROLLCALL_PORT: port.default(8443),
  /** namespace and name of the webhook's own pod, from the downward API */
  ROLLCALL_NAMESPACE: z.string().min(1),
  ROLLCALL_POD: z.string().min(1),
  ROLLCALL_SERVICE: z.string().default("rollcall"),
  ROLLCALL_SECRET: z.string().default("rollcall-tls"),
  /** the name of both the mutating and the validating webhook configuration */
  ROLLCALL_CONFIGURATION: z.string().default("rollcall"),
  /** external: another controller, such as cert-manager, writes the Secret and the caBundle of both configurations */
  ROLLCALL_CERTIFICATE: z.enum(["own", "external"]).default("own"),
  ROLLCALL_CONTROLLER_USERS: names.default([...DEFAULT_CONTROLLER_USERS]),
  /**
   * A file of CA certificates (PEM). If set, reviews need a client certificate that is signed by one of these CAs and has a
   * common name from ROLLCALL_CLIENT_NAMES.
   */
  ROLLCALL_CLIENT_CA: z.string().optional(),
  ROLLCALL_CLIENT_NAMES: names.optional(),
  /** how long requests are accepted after SIGTERM, while the pod is removed from endpoints */
  ROLLCALL_DRAIN_SECONDS: z.coerce.number().min(0).max(300).default(8),
  ROLLCALL_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error"]).default("info"),
});

export interface ServerConfig {
  readonly port: number;
  readonly namespace: string;
  readonly pod: string;
  readonly service: string;
  readonly secret: string;
  readonly configuration: string;
  readonly certificate: "own" | "external";
  readonly controllerUsers: readonly string[];
  /** null: reviews need no client certificate */
  readonly clientCa: { readonly path: string; readonly names: readonly string[] } | null;
  readonly drainMs: number;
  readonly logLevel: string;
}

/** @returns the configuration, or one line for each faulty variable */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
): ServerConfig | { faults: readonly string[] } {
  // an empty variable counts as unset: as a number it would be 0
  const filled = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const read = environment.safeParse(filled);
  if (!read.success) {
    return {
      faults: read.error.issues.map(({ path, message }) => formatFault(path.join("."), message, filled)),
    };
  }
  const { data } = read;
  const { ROLLCALL_CLIENT_CA: path, ROLLCALL_CLIENT_NAMES: names } = data;
  // both are required: a CA may sign other certificates, and names alone prove nothing
  if (path !== undefined && names === undefined)
    return {
      faults: ["ROLLCALL_CLIENT_NAMES: missing: required with ROLLCALL_CLIENT_CA, the accepted common names"],
    };
  if (path === undefined && names !== undefined)
    return {
      faults: [
        "ROLLCALL_CLIENT_CA: missing: required with ROLLCALL_CLIENT_NAMES, the CA of the certificates",
      ],
    };
  return Object.freeze({
    port: data.ROLLCALL_PORT,
    namespace: data.ROLLCALL_NAMESPACE,
    pod: data.ROLLCALL_POD,
    service: data.ROLLCALL_SERVICE,
    secret: data.ROLLCALL_SECRET,
    configuration: data.ROLLCALL_CONFIGURATION,
    certificate: data.ROLLCALL_CERTIFICATE,
    controllerUsers: data.ROLLCALL_CONTROLLER_USERS,
    clientCa: path === undefined || names === undefined ? null : Object.freeze({ path, names }),
    drainMs: data.ROLLCALL_DRAIN_SECONDS * 1000,
    logLevel: data.ROLLCALL_LOG_LEVEL,
  });
}

function formatFault(
  name: string,
  message: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const value = env[name];
  return `${name}: ${value === undefined ? "" : `${JSON.stringify(value)}: `}${message}`;
}
