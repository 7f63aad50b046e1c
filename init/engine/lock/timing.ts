// The times of a lock, all derived from the lease duration in the plan (30 s by default). The names are those of
// client-go's leaderelection. Each pod uses its own monotonic clock. For 30 s, counted from when the holder sent the
// last write:
//
//    0 s    renewed
// 10 s renewPeriod: the holder renews again. It waits callTimeout (2.5 s) for an answer, and after a renewal without
//           one it reads the lock, waiting as long, pauses for retryPeriod (2 s), and tries again
//   20 s    renewDeadline: not renewed, so the holder gives up, and what runs under the lock is ended within 5 s
//   30 s    leaseDuration: a waiting pod that has seen no change for so long takes the lock over
// A waiting pod counts from when it read the lock, which is never before the write. It reads the lock every 2 s.

/** How often a waiting pod reads the lock, with a jitter of 25 %. */
export const WAIT_PERIOD_MS = 2_000;

/** All in milliseconds. */
export interface LockTiming {
  /** a lock that is not renewed for this long may be taken over */
  readonly leaseDuration: number;
  /** between successful renewals */
  readonly renewPeriod: number;
  /** the timeout of a call, which leaves time for two more calls */
  readonly callTimeout: number;
  /** between a failed renewal and the next */
  readonly retryPeriod: number;
  /** the holder gives the lock up after this long without a renewal */
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
