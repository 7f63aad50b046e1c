// Requests at random against the built webhook: valid reviews changed at one place, forged users, and every way to send
// badly. Each is answered as the protocol says, or closed, within its time; the process lives, and holds no more than before.
//   ROLLCALL_FUZZ=N   so many requests @default 1,500; part fuzz of `npm run test:full` sends 50,000
//   ROLLCALL_SEED=N   those of an earlier run, which has printed it
import assert from "node:assert/strict";
import fc from "fast-check";
import { anyAttempt } from "./fuzz/anyAttempt.ts";
import { type Attempt, reviewAttempt } from "./fuzz/attempt.ts";
import { LIVE_SET } from "./fuzz/bases.ts";
import { listAllWrongElements } from "./fuzz/reviews.ts";
import { STUCK } from "./fuzz/stuck.ts";
import { Caller } from "./fuzz/wire.ts";
import { buildPodObject, buildPodReview, DATA } from "./reviews.ts";
import { WebhookProcess } from "./webhook.ts";

const REQUESTS = Number(process.env["ROLLCALL_FUZZ"] ?? 1_500);
const isShort = REQUESTS < 10_000;
/** The share of requests for the warm-up, after which compiled code and caches are in memory. */
const WARM_SHARE = 0.3;
/** Number of concurrent senders. */
const LANES = 12;
const BATCH = 60;
/** Detects hanging, not slowness: on a busy machine an answer has taken more than 20 s. */
const LIMIT_MS = 60_000;
const MOST_GROWTH = 1.1;
const LONGEST_LINE = 64 * 1024;

const seed = (): number => fc.readConfigureGlobal()?.seed ?? 0;

describe("the webhook under random requests", function () {
  this.timeout(isShort ? 600_000 : 7_200_000);
  let webhook: WebhookProcess;
  let callers: Caller[];
  /**
   * Connections that never send a complete request, open during all other requests; settles when the server has closed
   * them all.
   */
  let stuck: Promise<unknown>;
  before(async () => {
    webhook = await WebhookProcess.start();
    webhook.api.put("/apis/apps/v1/namespaces/shop/statefulsets/web", LIVE_SET);
    callers = Array.from({ length: LANES }, () => new Caller(webhook));
    stuck = openStuck();
    // a test awaits it; until then a rejection must not end this process
    stuck.catch(() => undefined);
  });
  after(async () => {
    for (const caller of callers) caller.close();
    await webhook.stop();
  });

  async function attempt(
    caller: Caller,
    { what, sending, judge }: Attempt,
    limitMs = LIMIT_MS,
  ): Promise<void> {
    const wrong = await caller.exchange(sending, limitMs).then(judge, (error: Error) => error.message);
    if (wrong !== null) throw new Error(`${what}\n  ${wrong}`);
    // its output is long, so it is only searched if needed
    if (!webhook.isAlive)
      assert.fail(`the process has ended after: ${what}\n${webhook.output.slice(-2_000)}`);
  }

  function openStuck(): Promise<unknown> {
    // those that take the 10 s of the head; in the gate, connections.real.ts waits for the 15 s of a body
    const wanted = STUCK.filter(({ limitMs }) => !isShort || limitMs < 15_000);
    const all = Array.from({ length: isShort ? 3 : 20 }, () => wanted).flat();
    return Promise.all(all.map((each) => attempt(new Caller(webhook), each, each.limitMs)));
  }

  /** Sends all attempts with all senders. @throws Error about the first wrong answer, after all have ended */
  async function send(attempts: readonly Attempt[]): Promise<void> {
    const queue = [...attempts];
    const faults: unknown[] = [];
    await Promise.all(
      callers.map(async (caller) => {
        for (let next = queue.shift(); next !== undefined && faults.length === 0; next = queue.shift()) {
          await attempt(caller, next).catch((error: unknown) => faults.push(error));
        }
      }),
    );
    if (faults.length > 0) throw faults[0];
  }

  /** @param share of the requests @param offset makes the random values of two shares differ */
  async function sendAtRandom(share: number, offset: number): Promise<void> {
    const batches = fc.array(anyAttempt, { minLength: BATCH, maxLength: BATCH });
    const details = await fc.check(fc.asyncProperty(batches, send), {
      seed: seed() + offset,
      numRuns: Math.ceil((REQUESTS * share) / BATCH),
      // shrinking would need a webhook process that may have died
      endOnFailure: true,
    });
    if (!details.failed) return;
    const { message } = details.errorInstance as Error;
    const again = `ROLLCALL_SEED=${seed()} ROLLCALL_FUZZ=${REQUESTS} npm test -- --real hostile/fuzz`;
    throw new Error(`${message}\n  again: ${again}`);
  }

  it("rejects or reviews every list with every wrong element", async () => {
    const all = listAllWrongElements();
    const step = isShort ? Math.ceil(all.length / 500) : 1;
    const first = Math.abs(seed()) % step;
    await send(all.filter((_, index) => index % step === first).map(reviewAttempt));
  });

  it("answers each as the protocol requires, and uses no more memory afterwards", async () => {
    await sendAtRandom(WARM_SHARE, 0);
    const warm = await webhook.held();
    await sendAtRandom(1 - WARM_SHARE, 1);
    let held = await webhook.held();
    // closed connections take a moment to be freed
    for (let tries = 0; tries < 20 && held > warm * MOST_GROWTH; tries += 1) {
      await new Promise((done) => setTimeout(done, 500));
      held = await webhook.held();
    }
    const MIB = 1024 * 1024;
    console.log(
      `      held when warm ${(warm / MIB).toFixed(1)} MiB, in the end ${(held / MIB).toFixed(1)} MiB`,
    );
    assert.ok(held <= warm * MOST_GROWTH, `${held} bytes are held, ${warm} were`);
  });

  it("closes every connection without a complete request in the meantime", async () => {
    await stuck;
  });

  it("has logged neither long lines nor internal errors", () => {
    const lines = webhook.output.split("\n");
    const longest = lines.reduce((most, { length }) => Math.max(most, length), 0);
    assert.ok(longest < LONGEST_LINE, `a line of ${longest} characters`);
    const fault = lines.find((line) => /internal error|uncaught|unhandled/i.test(line));
    assert.equal(fault, undefined);
  });

  it("still patches a valid pod afterwards", async () => {
    const { status, text } = await webhook.post(
      "/mutate",
      buildPodReview(buildPodObject("demo", { volumes: [DATA] })),
    );
    assert.equal(status, 200);
    assert.match(text, /"patchType":"JSONPatch"/);
  });
});
