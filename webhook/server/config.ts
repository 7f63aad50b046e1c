// The webhook's configuration: read once from the environment, checked, frozen, handed down.
import * as z from "zod";
import { DEFAULT_CONTROLLER_USERS } from "../mutation/settings.ts";

const port = z.coerce.number().int().min(0).max(65535);

/** Names separated by commas; an empty one would let everybody in whom the API server does not name. */
const names = z
  .string()
  .transform((text) =>
    text
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  )
  .refine((found) => found.length > 0, "names nobody");

const environment = z.object({
  ROLLCALL_PORT: port.default(8443),
  /** the namespace and name of the webhook's own pod, by the downward API */
  ROLLCALL_NAMESPACE: z.string().min(1),
  ROLLCALL_POD: z.string().min(1),
  ROLLCALL_SERVICE: z.string().default("rollcall"),
  ROLLCALL_SECRET: z.string().default("rollcall-tls"),
  /** the name that the mutating and the validating webhook configuration share */
  ROLLCALL_CONFIGURATION: z.string().default("rollcall"),
  /** external: somebody else, such as cert-manager, writes the Secret and the caBundle of both configurations */
  ROLLCALL_CERTIFICATE: z.enum(["own", "external"]).default("own"),
  ROLLCALL_CONTROLLER_USERS: names.default([...DEFAULT_CONTROLLER_USERS]),
  /**
   * A file of CA certificates (PEM). Where it is set, reviews are answered only to callers with a client certificate that
   * one of these CAs has signed and whose common name is one of ROLLCALL_CLIENT_NAMES.
   */
  ROLLCALL_CLIENT_CA: z.string().optional(),
  ROLLCALL_CLIENT_NAMES: names.optional(),
  /** how long requests are still taken after SIGTERM, while endpoints learn that this pod is going */
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
  /** null: whoever reaches the port may ask for reviews */
  readonly clientCa: { readonly path: string; readonly names: readonly string[] } | null;
  readonly drainMs: number;
  readonly logLevel: string;
}

/** @returns the configuration, or one line for each variable that is wrong */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
): ServerConfig | { wrong: readonly string[] } {
  // an empty variable is as good as none: as a number it would be 0
  const filled = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const read = environment.safeParse(filled);
  if (!read.success) {
    return {
      wrong: read.error.issues.map(({ path, message }) => formatProblem(path.join("."), message, filled)),
    };
  }
  const { data } = read;
  const { ROLLCALL_CLIENT_CA: path, ROLLCALL_CLIENT_NAMES: names } = data;
  // a CA signs for others, too: without a name any of them could ask, and names alone prove nothing
  if (path !== undefined && names === undefined)
    return {
      wrong: ["ROLLCALL_CLIENT_NAMES: missing: ROLLCALL_CLIENT_CA needs the common name that counts"],
    };
  if (path === undefined && names !== undefined)
    return { wrong: ["ROLLCALL_CLIENT_CA: missing: ROLLCALL_CLIENT_NAMES needs the CA that signs for them"] };
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

function formatProblem(
  name: string,
  message: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const value = env[name];
  return `${name}: ${value === undefined ? "" : `${JSON.stringify(value)}: `}${message}`;
}
