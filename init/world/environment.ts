// The environment that the container has for the application. The launcher hands it over under other names, so that
// Node.js, the dynamic loader and OpenSSL do not obey what is meant for the application (init/launcher/launcher.c).
import { closeSync, writeSync } from "node:fs";

/** Set by the launcher: the file descriptor by which it learns that JavaScript runs. */
const LAUNCHER_ENV = "ROLLCALL_LAUNCHER";

/** Before the name of each variable of the application. */
const PREFIX = "+";

/** What the AWS SDK looks for when it finds credentials by itself; it reads the process's own environment alone. */
const isReadBySdk = (name: string): boolean => name.startsWith("AWS_") || name === "HOME";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Takes the application's environment out of the process's own, and tells the launcher that the runner has started.
 * Without the launcher, as in `rollcall try`, the process's own environment is the application's.
 * @param own process.env; of the application's variables only those that the AWS SDK reads stay there
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
    // whoever set the variable by hand has no such descriptor
  }
}
