// The webhook's configuration: read once from the environment, checked, frozen, handed down.
import * as z from "zod";
import { DEFAULT_CONTROLLER_USERS } from "../inject/settings.ts";

const port = z.coerce.number().int().min(0).max(65535);

const environment = z.object({
  ROLLCALL_PORT: port.default(8443),
  ROLLCALL_PROFILES: z.string().default("/etc/rollcall/profiles.yaml"),
  /** the ConfigMap that ROLLCALL_PROFILES is mounted from: it gets the Events about bad edits */
  ROLLCALL_PROFILES_CONFIGMAP: z.string().default("rollcall-profiles"),
  /** the namespace and name of the webhook's own pod, by the downward API */
  ROLLCALL_NAMESPACE: z.string().min(1),
  ROLLCALL_POD: z.string().min(1),
  ROLLCALL_SERVICE: z.string().default("rollcall"),
  ROLLCALL_SECRET: z.string().default("rollcall-tls"),
  /** the name that the mutating and the validating webhook configuration share */
  ROLLCALL_CONFIGURATION: z.string().default("rollcall"),
  ROLLCALL_CONTROLLER_USERS: z
    .string()
    .default(DEFAULT_CONTROLLER_USERS.join(","))
    .transform((text) =>
      text
        .split(",")
        .map((user) => user.trim())
        // an empty name would let everybody be the controller whom the API server does not name
        .filter((user) => user !== ""),
    )
    .refine((users) => users.length > 0, "names nobody"),
  /** how long requests are still taken after SIGTERM, while endpoints learn that this pod is going */
  ROLLCALL_DRAIN_SECONDS: z.coerce.number().min(0).max(300).default(8),
  ROLLCALL_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error"]).default("info"),
});

export interface Config {
  readonly port: number;
  readonly profiles: string;
  readonly profilesConfigMap: string;
  readonly namespace: string;
  readonly pod: string;
  readonly service: string;
  readonly secret: string;
  readonly configuration: string;
  readonly controllerUsers: readonly string[];
  readonly drainMs: number;
  readonly logLevel: string;
}

/** @returns the configuration, or one line for each variable that is wrong */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
): Config | { wrong: readonly string[] } {
  // an empty variable is as good as none: as a number it would be 0
  const filled = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const read = environment.safeParse(filled);
  if (!read.success) {
    return { wrong: read.error.issues.map(({ path, message }) => lineOf(path.join("."), message, filled)) };
  }
  const { data } = read;
  return Object.freeze({
    port: data.ROLLCALL_PORT,
    profiles: data.ROLLCALL_PROFILES,
    profilesConfigMap: data.ROLLCALL_PROFILES_CONFIGMAP,
    namespace: data.ROLLCALL_NAMESPACE,
    pod: data.ROLLCALL_POD,
    service: data.ROLLCALL_SERVICE,
    secret: data.ROLLCALL_SECRET,
    configuration: data.ROLLCALL_CONFIGURATION,
    controllerUsers: data.ROLLCALL_CONTROLLER_USERS,
    drainMs: data.ROLLCALL_DRAIN_SECONDS * 1000,
    logLevel: data.ROLLCALL_LOG_LEVEL,
  });
}

function lineOf(name: string, message: string, env: Readonly<Record<string, string | undefined>>): string {
  const value = env[name];
  return `${name}: ${value === undefined ? "" : `${JSON.stringify(value)}: `}${message}`;
}
