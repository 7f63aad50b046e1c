// The CAs of the API server's client certificate, read again when the file changes: a CA that is replaced must not need a
// restart, and one that cannot be read must not open the door.
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Logger } from "./log.ts";

const EVERY_MS = 10_000;

/** @returns the file's text. @throws Error that names the file where it cannot be read, or holds no certificate */
export async function readClientCa(path: string): Promise<string> {
  try {
    const text = await readFile(path, "utf8");
    // the first one; TLS itself complains of the others
    new X509Certificate(text);
    return text;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`ROLLCALL_CLIENT_CA: ${path} holds no certificate that can be read: ${why}`, {
      cause: error,
    });
  }
}

/** @param apply takes the new text, which holds a certificate */
export function watchClientCa(path: string, first: string, log: Logger, apply: (ca: string) => void): void {
  let current = first;
  let told = "";
  const look = async (): Promise<void> => {
    try {
      const text = await readClientCa(path);
      if (text === current) return;
      apply(text);
      current = text;
      told = "";
      log.info({ path }, "callers are checked by the new CAs");
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== told) log.error(`${why}; the CAs of before stay in force`);
      told = why;
    }
  };
  const again = (): void => void setTimeout(() => void look().finally(again), EVERY_MS).unref();
  again();
}
