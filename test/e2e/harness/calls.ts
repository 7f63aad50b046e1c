// How often the API server has called a webhook, by its own metrics and by the webhook's log.
import type { Kubectl } from "./kubectl.ts";
import { SYSTEM } from "./rollcall.ts";

/** The API server's count of calls to one webhook so far. */
export async function countCalls(k: Kubectl, webhook: string): Promise<number> {
  const metrics = await k.run(["get", "--raw", "/metrics"]);
  const lines = metrics
    .split("\n")
    .filter(
      (line) =>
        line.startsWith("apiserver_admission_webhook_request_total{") && line.includes(`name="${webhook}"`),
    );
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

export interface LogLine {
  path?: string;
  name?: string;
  namespace?: string;
  allowed?: boolean;
  msg: string;
}

/** The log lines of all replicas of the webhook. */
export async function readWebhookLog(k: Kubectl): Promise<LogLine[]> {
  const text = await k.run([
    "-n",
    SYSTEM,
    "logs",
    "-l",
    "app.kubernetes.io/name=rollcall",
    "-c",
    "webhook",
    "--tail=-1",
  ]);
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as LogLine);
}

/** The API server's counts of failed calls to our webhooks: not made, or without a valid answer. */
const FAILED = [
  /^apiserver_admission_webhook_fail_open_count\{/,
  /error_type="(?:calling_webhook|apiserver_internal)_error"/,
];

/** How many calls to our webhooks have failed so far, by the API server's count. */
export async function countFailedCalls(k: Kubectl): Promise<number> {
  const metrics = await k.run(["get", "--raw", "/metrics"]);
  return metrics
    .split("\n")
    .filter((line) => line.includes('rollcall.dev"') && FAILED.some((pattern) => pattern.test(line)))
    .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

/** A failed call to one of our webhooks, from the API server's log. */
export interface CallFailure {
  readonly line: string;
  /**
   * The request itself had used up its time elsewhere in the API server, so the call got less than the webhook's
   * timeoutSeconds, or was not sent at all. No webhook can prevent that.
   */
  readonly isCutShort: boolean;
}

/**
 * Reads the failed calls to our webhooks from the API server's log, in its order.
 * @param sinceSeconds how far back
 */
export async function readCallFailures(k: Kubectl, sinceSeconds: number): Promise<CallFailure[]> {
  const timeouts = await readTimeouts(k);
  const log = ["-n", "kube-system", "logs", "-l", "component=kube-apiserver", "--tail=-1"];
  const text = await k.run([...log, `--since=${Math.ceil(sinceSeconds)}s`]);
  return parseCallFailures(text, timeouts);
}

/** @param timeouts timeoutSeconds by the name of a webhook */
export function parseCallFailures(log: string, timeouts: ReadonlyMap<string, number>): CallFailure[] {
  return log.split("\n").flatMap((line) => {
    const name = /Failed calling webhook, failing \w+ (\S+\.rollcall\.dev):/.exec(line)?.[1];
    if (name === undefined) return [];
    // client-go checks the context before it sends (rest/with_retry.go, Before): errors of a sent request have its URL
    const isUnsent = /failed to call webhook: context (?:deadline exceeded|canceled)$/.test(line);
    const given = Number(/[?&]timeout=(\d+)s/.exec(line)?.[1] ?? Number.POSITIVE_INFINITY);
    return [{ line, isCutShort: isUnsent || given < (timeouts.get(name) ?? 0) }];
  });
}

/** timeoutSeconds of each of our webhooks, by name. */
async function readTimeouts(k: Kubectl): Promise<Map<string, number>> {
  const kinds = "mutatingwebhookconfigurations,validatingwebhookconfigurations";
  const path = '{range .items[*].webhooks[*]}{.name} {.timeoutSeconds}{"\\n"}{end}';
  const text = await k.run(["get", kinds, "-o", `jsonpath=${path}`]);
  return new Map(
    text.split("\n").flatMap((line) => {
      const [name = "", seconds] = line.split(" ");
      return seconds === undefined ? [] : [[name, Number(seconds)]];
    }),
  );
}

/** How many calls to our webhooks took at most this long, by the upper bound of a bucket in seconds. */
export type CallTimes = ReadonlyMap<string, number>;

/** The durations of all calls to our webhooks so far, by the API server's count. */
export async function callTimesOf(k: Kubectl): Promise<CallTimes> {
  const metrics = await k.run(["get", "--raw", "/metrics"]);
  const times = new Map<string, number>();
  for (const line of metrics.split("\n")) {
    if (!line.startsWith("apiserver_admission_webhook_admission_duration_seconds_bucket{")) continue;
    const bound = line.includes('rollcall.dev"') ? /le="([^"]+)"/.exec(line)?.[1] : undefined;
    if (bound !== undefined) times.set(bound, (times.get(bound) ?? 0) + Number(line.split(" ").at(-1)));
  }
  return times;
}

/** The smallest bound that this share of the calls between two counts does not exceed. */
export function findBound(share: number, before: CallTimes, after: CallTimes): string {
  const since = [...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const);
  const all = since.find(([bound]) => bound === "+Inf")?.[1] ?? 0;
  const seconds = (bound: string): number => (bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound));
  const inOrder = since.toSorted(([one], [other]) => seconds(one) - seconds(other));
  return inOrder.find(([, count]) => count >= share * all)?.[0] ?? "+Inf";
}
