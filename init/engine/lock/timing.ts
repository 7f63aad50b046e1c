// The times of a lock. All follow from the lease duration, the one that a plan sets (30 s by default). Names as in client-go's
// leaderelection; each pod measures on its own monotonic clock. With 30 s, counted from when the holder sent the write
// that took or renewed the lock:
//
//    0 s    renewed
//   10 s    renewPeriod: the holder renews again. It waits callTimeout (2.5 s) for an answer, and after a renewal without
//           one it reads the lock, waiting as long, pauses for retryPeriod (2 s), and tries again
//   20 s    renewDeadline: not renewed, so the holder gives up, and what runs under the lock is ended within 5 s
//   30 s    leaseDuration: a waiting pod that has seen no change for so long takes the lock over
//
// A waiting pod counts from when it has read the lock, so never from before the write; it looks every waitPeriod (2 s).

/** How often a waiting pod looks, give or take a quarter. */
export const WAIT_PERIOD_MS = 2_000;

/** All in milliseconds. */
export interface LockTiming {
  /** a lock that was not renewed for so long belongs to whichever pod takes it */
  readonly leaseDuration: number;
  /** between renewals that succeed */
  readonly renewPeriod: number;
  /** how long a call is waited for: one that is never answered leaves time for two more */
  readonly callTimeout: number;
  /** between a renewal that failed and the next */
  readonly retryPeriod: number;
  /** without a renewal for so long the holder gives the lock up */
  readonly renewDeadline: number;
}

export function computeLockTiming(leaseSeconds: number): LockTiming {
  const leaseDuration = leaseSeconds * 1000;
  const renewPeriod = leaseDuration / 3;
  return {
    leaseDuration,
    renewPeriod,
    callTimeout: renewPeriod / 4,
    retryPeriod: renewPeriod / 5,
    renewDeadline: 2 * renewPeriod,
  };
}
