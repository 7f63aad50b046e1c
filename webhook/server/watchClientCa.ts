// Reloads the CAs of the API server's client certificate when their file changes, without a restart. If the file cannot be
// read, the previous CAs stay in use.
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Logger } from "./log.ts";

const EVERY_MS = 10_000;

/** @returns the file's text. @throws Error if the file cannot be read or has no certificate */
export async function readClientCa(path: string): Promise<string> {
  try {
    const text = await readFile(path, "utf8");
    // checks the first certificate; TLS checks the others
    new X509Certificate(text);
    return text;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`ROLLCALL_CLIENT_CA: cannot read a certificate from ${path}: ${why}`, {
      cause: error,
    });
  }
}

/** @param apply called with the new text, which contains a certificate */
export function watchClientCa(path: string, first: string, log: Logger, apply: (ca: string) => void): void {
  let current = first;
  let reported = "";
  const check = async (): Promise<void> => {
    try {
      const text = await readClientCa(path);
      if (text === current) return;
      apply(text);
      current = text;
      reported = "";
      log.info({ path }, "using the new CAs for client certificates");
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== reported) log.error(`${why}; the previous CAs stay in use`);
      reported = why;
    }
  };
  const schedule = (): void => void setTimeout(() => void check().finally(schedule), EVERY_MS).unref();
  schedule();
}
