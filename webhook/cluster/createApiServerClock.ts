// The API server's clock, which dates the certificates. With their own clocks, two replicas that are months apart would
// each find the other's certificate expired or not yet valid, and replace it again and again.
import type { ApiAccess } from "./access.ts";
import { createApiClient } from "./call.ts";

const PATIENCE_MS = 5_000;

/**
 * @param now the local clock, used if the API server does not answer
 * @returns a function that returns the time and never rejects
 */
export function createApiServerClock(access: ApiAccess, now: () => number = Date.now): () => Promise<Date> {
  const { call } = createApiClient(access);
  let ahead = 0;
  return async () => {
    try {
      const { date } = await call({
        method: "GET",
        path: "/version",
        deadline: AbortSignal.timeout(PATIENCE_MS),
      });
      const theirs = Date.parse(date ?? "");
      if (!Number.isNaN(theirs)) ahead = theirs - now();
    } catch {
      // the difference at the last answer
    }
    return new Date(now() + ahead);
  };
}
