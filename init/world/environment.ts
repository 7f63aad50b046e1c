// The application's environment. The launcher passes it under other names, so that Node.js, the dynamic loader and
// OpenSSL ignore settings meant for the application (init/launcher/launcher.c).
import { closeSync, writeSync } from "node:fs";

/** Set by the launcher: the file descriptor through which it learns that JavaScript runs. */
const LAUNCHER_ENV = "ROLLCALL_LAUNCHER";

/** The prefix of each of the application's variables. */
const PREFIX = "+";

/** Variables that the AWS SDK's credential provider chain reads, from the process's own environment only. */
const isReadBySdk = (name: string): boolean => name.startsWith("AWS_") || name === "HOME";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Separates the application's environment from the process's own, and reports to the launcher that the runner has
 * started. Without the launcher, as in `rollcall try`, both are the same.
 * @param own process.env; it keeps only those of the application's variables that the AWS SDK reads
 */
export function takeEnvironment(own: Record<string, string | undefined>): Environment {
  const launcher = own[LAUNCHER_ENV];
  if (launcher === undefined) return own;
  delete own[LAUNCHER_ENV];
  reportStart(Number(launcher));
  const application: [string, string | undefined][] = [];
  for (const [name, value] of Object.entries(own)) {
    if (!name.startsWith(PREFIX)) continue;
    delete own[name];
    const plain = name.slice(PREFIX.length);
    application.push([plain, value]);
    if (isReadBySdk(plain)) own[plain] = value;
  }
  return Object.fromEntries(application);
}

function reportStart(descriptor: number): void {
  try {
    writeSync(descriptor, "1");
    closeSync(descriptor);
  } catch {
    // the descriptor does not exist if the variable was set by hand
  }
}
