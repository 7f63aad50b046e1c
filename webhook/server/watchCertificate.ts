// Renews and publishes the certificate. Checks it every 15 s by wall-clock time, since a single long timer would be late
// after a pause of the machine (docs/research/kubernetes-admission.md#certificates).
import type { SyncResult } from "../tls/clusterSource.ts";
import type { Certificate } from "../tls/selfSigned.ts";
import type { Logger } from "./log.ts";

const CHECK_EVERY_MS = 15_000;
/** while the API server does not trust the certificate yet */
const CHECK_UNTRUSTED_EVERY_MS = 2_000;
/** API servers watch the configuration; a new certificate is served when they have its CA. */
const SETTLE_MS = 5_000;

export interface WatchInput {
  /** Reads the certificate as it is now, or makes or renews it. */
  sync: () => Promise<SyncResult>;
  serving: SyncResult;
  log: Logger;
  onTrust: (whyNot: string | null) => void;
  swap: (certificate: Certificate) => void;
}

export function watchCertificate({ sync, serving, log, onTrust, swap }: WatchInput): void {
  let { certificate } = serving;
  let trusted = serving.whyNotTrusted === null;

  const check = async (): Promise<void> => {
    const synced = await sync();
    // a trusted certificate stays trusted while the API server cannot be reached
    if (synced.whyNotTrusted !== null) {
      log.warn(synced.whyNotTrusted);
      if (!trusted) onTrust(synced.whyNotTrusted);
      return;
    }
    if (synced.certificate.cert !== certificate.cert) {
      await new Promise((done) => setTimeout(done, SETTLE_MS));
      swap(synced.certificate);
      certificate = synced.certificate;
      log.info("serving a new certificate");
    }
    trusted = true;
    onTrust(null);
  };
  const schedule = (): void => {
    setTimeout(
      () => {
        check()
          .catch((error: unknown) => log.warn({ err: error }, "cannot check the certificate"))
          .finally(schedule);
      },
      trusted ? CHECK_EVERY_MS : CHECK_UNTRUSTED_EVERY_MS,
    ).unref();
  };
  schedule();
}
