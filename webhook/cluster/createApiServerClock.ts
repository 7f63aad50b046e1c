// The API server's clock. Certificates are dated by it: two replicas whose own clocks are months apart would each find the
// other's certificate expired, or not valid yet, and replace it again and again.
import type { ApiAccess } from "./access.ts";
import { createApiClient } from "./call.ts";

const PATIENCE_MS = 5_000;

/**
 * @param now the own clock, for when the API server does not answer
 * @returns tells the time; never rejects
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
      // as it was when it answered last
    }
    return new Date(now() + ahead);
  };
}
