// Leader election by a Lease, with the times and rules of client-go: the holder renews the Lease, and a candidate takes
// it over if it has not changed for its whole duration by the candidate's own clock. Clocks of two machines are never
// compared. One rule is added: a candidate of a newer version takes the Lease over at once, so that the newer version
// writes the results during an upgrade.
import { randomUUID } from "node:crypto";
import { type Lease, lease as leaseShape } from "../../init/contract/apiObjects.ts";
import { readShape } from "../../init/contract/shape.ts";
import { describeFailure, FIELD_MANAGER } from "./api.ts";
import { sleep, type WaitFunction } from "./backOff.ts";
import { type ApiClient, toApiRefusal } from "./call.ts";
import { isNewerVersion } from "./isNewerVersion.ts";

/** Annotation of the Lease: the version of Rollcall that its holder runs. */
export const VERSION_ANNOTATION = "rollcall.dev/version";

export interface LeaderTimes {
  /** a Lease that has not changed for this time may be taken over */
  readonly leaseMs: number;
  /** a holder that could not renew for this time is no longer the leader; shorter than `leaseMs` */
  readonly renewMs: number;
  /** between two attempts */
  readonly retryMs: number;
}

const TIMES: LeaderTimes = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2_000 };

/** As in client-go: a candidate waits up to `retryMs` plus this multiple of it. */
const RETRY_JITTER = 1.2;

/** A conflicting write is possible while the Lease is released. */
const RELEASE_TRIES = 3;

export interface LeaderClock {
  /** milliseconds of a monotonic clock */
  now(): number;
  readonly wait: WaitFunction;
}

const realClock: LeaderClock = { now: () => performance.now(), wait: sleep };

/** None of the functions may throw. */
export interface LeaderInput {
  readonly api: Pick<ApiClient, "call">;
  readonly namespace: string;
  /** of the Lease */
  readonly name: string;
  /** e.g. the pod's name. A random part is added, so that a restarted process is another candidate. */
  readonly identity: string;
  /** e.g. 0.2.0 */
  readonly version: string;
  /** Called when this process becomes the leader. @param lost aborted when it no longer is, before `onStopped` */
  readonly onStarted: (lost: AbortSignal) => void;
  readonly onStopped: () => void;
  /** Called when a failure begins or changes, not at each retry; `null` when it is over. */
  readonly onTrouble: (words: string | null) => void;
  readonly clock?: LeaderClock;
  /** at least 0, below 1 @default Math.random */
  readonly random?: () => number;
  readonly times?: LeaderTimes;
}

export interface LeaderElection {
  /** False as soon as another candidate may be the leader, also if this process was suspended in the meantime. */
  isLeader(): boolean;
  /** Gives up leadership and releases the Lease, if the API server answers. */
  stop(): Promise<void>;
}

/** Runs until it is stopped. After a loss of the Lease it is a candidate again. */
export function runForLeader(input: LeaderInput): LeaderElection {
  const candidate = new Candidate(input);
  candidate.start();
  return candidate;
}

/** This process holds the Lease. */
interface LeaseTenure {
  /**
   * no other candidate takes the Lease over before this time; one of a newer version does, but waits until then to lead
   */
  readonly until: number;
  /** from this time no other candidate leads */
  readonly leadsFrom: number;
}

class Candidate implements LeaderElection {
  readonly #input: LeaderInput;
  readonly #times: LeaderTimes;
  readonly #clock: LeaderClock;
  readonly #identity: string;
  readonly #stopping = new AbortController();
  #holding: LeaseTenure | null = null;
  /** aborted when the Lease is renewed or lost */
  #watchdog = new AbortController();
  /** aborted at the end of this leadership; null: not the leader */
  #lost: AbortController | null = null;
  /** the Lease's content when it last changed, and when that was by the local clock */
  #observed = { term: "", at: 0 };
  #trouble: string | null = null;
  #ended: Promise<void> = Promise.resolve();

  constructor(input: LeaderInput) {
    this.#input = input;
    this.#identity = `${input.identity}_${randomUUID()}`;
    this.#times = input.times ?? TIMES;
    this.#clock = input.clock ?? realClock;
  }

  start(): void {
    this.#ended = this.#run();
  }

  isLeader(): boolean {
    return this.#lost !== null && this.#holding !== null && this.#clock.now() < this.#holding.until;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#lose();
    await this.#ended;
    await this.#release();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const random = this.#input.random ?? Math.random;
    while (!signal.aborted) {
      await this.#try();
      const { retryMs } = this.#times;
      const pause = this.#holding === null ? retryMs * (1 + RETRY_JITTER * random()) : retryMs;
      if (!signal.aborted) await this.#clock.wait(pause, signal);
    }
  }

  /** Takes or renews the Lease if that is allowed. */
  async #try(): Promise<void> {
    const over = new AbortController();
    const deadline = AbortSignal.any([this.#stopping.signal, over.signal]);
    // leaves time for another attempt after a call that hangs
    const late = this.#clock.wait(this.#times.renewMs / 2, deadline).then(() => over.abort());
    try {
      await this.#takeOrRenew(deadline);
      this.#tellTrouble(null);
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#tellTrouble(describeFailure(error));
    } finally {
      over.abort();
      await late;
    }
  }

  async #takeOrRenew(deadline: AbortSignal): Promise<void> {
    const began = this.#clock.now();
    const lease = await this.#read(deadline);
    const claim = this.#judge(lease);
    if (claim === null) {
      this.#lose();
      return;
    }
    const isWritten = await this.#write(lease, claim, deadline);
    if (this.#stopping.signal.aborted || !isWritten) return;
    this.#hold(began, claim);
  }

  /** @returns null if another candidate holds it */
  #judge(lease: Lease | null): LeaseClaim | null {
    if (lease === null) return { isSure: false, isNew: true };
    const { holderIdentity, leaseDurationSeconds, renewTime, leaseTransitions } = lease.spec ?? {};
    const term = JSON.stringify([holderIdentity, renewTime, leaseTransitions]);
    if (term !== this.#observed.term) this.#observed = { term, at: this.#clock.now() };
    if (!holderIdentity) return { isSure: true, isNew: true };
    if (holderIdentity === this.#identity) return { isSure: true, isNew: false };
    // a shorter duration may be a mistake, and the holder uses its own times
    const lasts = Math.max((leaseDurationSeconds ?? 0) * 1000, this.#times.leaseMs);
    if (this.#clock.now() - this.#observed.at >= lasts) return { isSure: true, isNew: true };
    const theirs = lease.metadata.annotations?.[VERSION_ANNOTATION] ?? "";
    return isNewerVersion(this.#input.version, theirs) ? { isSure: false, isNew: true } : null;
  }

  #hold(began: number, { isSure }: LeaseClaim): void {
    const { renewMs } = this.#times;
    const now = this.#clock.now();
    // the previous holder may lead for this long before it notices
    const leadsFrom = this.#holding?.leadsFrom ?? (isSure ? now : now + renewMs);
    this.#holding = { until: began + renewMs, leadsFrom };
    this.#watch(this.#holding.until - now);
    if (now < leadsFrom || now >= this.#holding.until || this.#lost !== null) return;
    this.#lost = new AbortController();
    this.#input.onStarted(this.#lost.signal);
  }

  /** Ends leadership in time, even while a call hangs. */
  #watch(milliseconds: number): void {
    this.#watchdog.abort();
    this.#watchdog = new AbortController();
    const { signal } = this.#watchdog;
    void this.#clock.wait(milliseconds, signal).then(() => {
      if (!signal.aborted) this.#lose();
    });
  }

  #lose(): void {
    this.#holding = null;
    this.#watchdog.abort();
    if (this.#lost === null) return;
    this.#lost.abort();
    this.#lost = null;
    this.#input.onStopped();
  }

  async #read(deadline: AbortSignal): Promise<Lease | null> {
    const answer = await this.#input.api.call({ method: "GET", path: this.#path(), deadline });
    if (answer.status === 404) return null;
    const read = readShape(leaseShape, answer.body);
    if (answer.status !== 200) throw toApiRefusal(answer);
    if ("fault" in read) throw new Error("the API server's answer is not a Lease");
    return read.value;
  }

  /** @returns false if the Lease was changed in the meantime */
  #write(lease: Lease | null, { isNew }: LeaseClaim, deadline: AbortSignal): Promise<boolean> {
    const { namespace, name, version } = this.#input;
    const now = microTime();
    const { acquireTime, leaseTransitions } = lease?.spec ?? {};
    const spec = {
      ...lease?.spec,
      holderIdentity: this.#identity,
      leaseDurationSeconds: Math.ceil(this.#times.leaseMs / 1000),
      acquireTime: isNew ? now : (acquireTime ?? now),
      renewTime: now,
      leaseTransitions: (leaseTransitions ?? 0) + (isNew && lease !== null ? 1 : 0),
    };
    const { annotations, ...metadata } = lease?.metadata ?? { name, namespace };
    const body = {
      ...lease,
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { ...metadata, annotations: { ...annotations, [VERSION_ANNOTATION]: version } },
      spec,
    };
    return lease === null ? this.#send("POST", body, deadline) : this.#send("PUT", body, deadline);
  }

  /** @returns false if the Lease was changed in the meantime */
  async #send(method: "POST" | "PUT", body: unknown, deadline: AbortSignal): Promise<boolean> {
    const path = `${method === "POST" ? this.#folder() : this.#path()}?fieldManager=${FIELD_MANAGER}`;
    const answer = await this.#input.api.call({ method, path, body, deadline });
    if (answer.status === 200 || answer.status === 201) return true;
    // it was deleted or replaced
    if (answer.status === 409 || answer.status === 404) return false;
    throw toApiRefusal(answer);
  }

  async #release(): Promise<void> {
    const over = new AbortController();
    const late = this.#clock.wait(this.#times.renewMs / 2, over.signal).then(() => over.abort());
    try {
      // a renewal that was aborted may still arrive
      for (let tries = 0; tries < RELEASE_TRIES; tries += 1) if (await this.#free(over.signal)) return;
    } catch (error) {
      this.#tellTrouble(`it could not be released: ${describeFailure(error)}`);
    } finally {
      over.abort();
      await late;
    }
  }

  /** @returns false if the Lease was changed in the meantime */
  async #free(deadline: AbortSignal): Promise<boolean> {
    const lease = await this.#read(deadline);
    if (lease === null || lease.spec?.holderIdentity !== this.#identity) return true;
    // the API server refuses "", so null removes the holder
    const spec = { ...lease.spec, holderIdentity: null, leaseDurationSeconds: 1, renewTime: microTime() };
    return this.#send("PUT", { ...lease, spec }, deadline);
  }

  #folder(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(this.#input.namespace)}/leases`;
  }

  #path(): string {
    return `${this.#folder()}/${encodeURIComponent(this.#input.name)}`;
  }

  #tellTrouble(why: string | null): void {
    const words = why === null ? null : `Lease ${this.#input.namespace}/${this.#input.name}: ${why}`;
    if (words === this.#trouble) return;
    this.#trouble = words;
    this.#input.onTrouble(words);
  }
}

/** This process may write itself into the Lease. */
interface LeaseClaim {
  /** no other candidate leads; otherwise the previous holder may not have noticed yet */
  readonly isSure: boolean;
  /** it did not hold the Lease before */
  readonly isNew: boolean;
}

/** MicroTime has six digits after the point. */
const microTime = (): string => new Date().toISOString().replace("Z", "000Z");
