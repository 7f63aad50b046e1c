// Keeps the certificate good and published: every quarter of a minute by the clock on the wall, since timers of a paused machine lie
// (docs/research/kubernetes-admission.md#certificates).
import type { SyncResult } from "../tls/clusterSource.ts";
import type { Certificate } from "../tls/selfSigned.ts";
import type { Logger } from "./log.ts";

const EVERY_MS = 15_000;
/** while the API server does not trust us yet */
const SOON_MS = 2_000;
/** API servers see a changed configuration through a watch; a new leaf waits until they surely have its CA. */
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

  const look = async (): Promise<void> => {
    const synced = await sync();
    // one that is trusted stays trusted while the API server cannot be asked
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
  const again = (): void => {
    setTimeout(
      () => {
        look()
          .catch((error: unknown) => log.warn({ err: error }, "the certificate could not be checked"))
          .finally(again);
      },
      trusted ? EVERY_MS : SOON_MS,
    ).unref();
  };
  again();
}
