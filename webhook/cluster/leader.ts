// Leader election by a Lease, with the times and the rules of client-go: a holder renews it, and a candidate takes it over
// when it has not changed for its whole duration by the candidate's own clock. Clocks are never compared. One rule is
// added: a candidate of a newer version takes it over at once, so that during an upgrade the newer one's results count.
import { randomUUID } from "node:crypto";
import { type Lease, lease as leaseShape } from "../../init/contract/apiObjects.ts";
import { readShape } from "../../init/contract/shape.ts";
import { describeFailure, FIELD_MANAGER } from "./api.ts";
import { sleep, type WaitFunction } from "./backOff.ts";
import { type ApiClient, toApiRefusal } from "./call.ts";
import { isNewerVersion } from "./isNewerVersion.ts";

/** On the Lease: the version of Rollcall that its holder runs. */
export const VERSION_ANNOTATION = "rollcall.dev/version";

export interface LeaderTimes {
  /** a Lease that has not changed for this time is free */
  readonly leaseMs: number;
  /** a holder that could not renew for this time is the leader no more; shorter than `leaseMs` */
  readonly renewMs: number;
  /** between two tries */
  readonly retryMs: number;
}

const TIMES: LeaderTimes = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2_000 };

/** As client-go has it: candidates wait up to so much longer than `retryMs`, as a share of it. */
const RETRY_JITTER = 1.2;

/** Others may write the Lease while it is released. */
const RELEASE_TRIES = 3;

export interface LeaderClock {
  /** milliseconds; it never goes back */
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
  /** for people, e.g. the pod's name: the Lease gets it with a random part, so that a restarted process is another one */
  readonly identity: string;
  /** e.g. 0.2.0 */
  readonly version: string;
  /** Called when it becomes the leader. @param lost aborted when it is the leader no more, before `onStopped` */
  readonly onStarted: (lost: AbortSignal) => void;
  readonly onStopped: () => void;
  /** Called when a failure begins or becomes another one, not at each retry; `null`: it is over. */
  readonly onTrouble: (words: string | null) => void;
  readonly clock?: LeaderClock;
  /** at least 0, below 1 @default Math.random */
  readonly random?: () => number;
  readonly times?: LeaderTimes;
}

export interface LeaderElection {
  /** False from the moment on in which another one may be the leader, also where this process stood still meanwhile. */
  isLeader(): boolean;
  /** Gives leadership up and frees the Lease, as far as the API server answers. */
  stop(): Promise<void>;
}

/** Begins at once, and goes on until it is stopped: who has lost the Lease is a candidate again. */
export function runForLeader(input: LeaderInput): LeaderElection {
  const candidate = new Candidate(input);
  candidate.start();
  return candidate;
}

/** This process holds the Lease. */
interface LeaseTenure {
  /** until then nobody else can have it, unless by a newer version, which waits until then */
  readonly until: number;
  /** from then on nobody else is the leader */
  readonly leadsFrom: number;
}

class Candidate implements LeaderElection {
  readonly #input: LeaderInput;
  readonly #times: LeaderTimes;
  readonly #clock: LeaderClock;
  readonly #identity: string;
  readonly #stopping = new AbortController();
  #holding: LeaseTenure | null = null;
  /** ends when the Lease is renewed or lost */
  #watchdog = new AbortController();
  /** of this leadership; null: it is not the leader */
  #lost: AbortController | null = null;
  /** what the Lease said when it was last seen to change, and when that was by the own clock */
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

  /** Takes or renews the Lease if that may be. */
  async #try(): Promise<void> {
    const over = new AbortController();
    const deadline = AbortSignal.any([this.#stopping.signal, over.signal]);
    // so that a call that hangs leaves time for another one
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

  /** @returns null: another one holds it */
  #judge(lease: Lease | null): LeaseClaim | null {
    if (lease === null) return { isSure: false, isNew: true };
    const { holderIdentity, leaseDurationSeconds, renewTime, leaseTransitions } = lease.spec ?? {};
    const term = JSON.stringify([holderIdentity, renewTime, leaseTransitions]);
    if (term !== this.#observed.term) this.#observed = { term, at: this.#clock.now() };
    if (!holderIdentity) return { isSure: true, isNew: true };
    if (holderIdentity === this.#identity) return { isSure: true, isNew: false };
    // a shorter one may be somebody's mistake, and the holder keeps to its own times
    const lasts = Math.max((leaseDurationSeconds ?? 0) * 1000, this.#times.leaseMs);
    if (this.#clock.now() - this.#observed.at >= lasts) return { isSure: true, isNew: true };
    const theirs = lease.metadata.annotations?.[VERSION_ANNOTATION] ?? "";
    return isNewerVersion(this.#input.version, theirs) ? { isSure: false, isNew: true } : null;
  }

  #hold(began: number, { isSure }: LeaseClaim): void {
    const { renewMs } = this.#times;
    const now = this.#clock.now();
    // whoever held it until now may lead for so long without hearing of this
    const leadsFrom = this.#holding?.leadsFrom ?? (isSure ? now : now + renewMs);
    this.#holding = { until: began + renewMs, leadsFrom };
    this.#watch(this.#holding.until - now);
    if (now < leadsFrom || now >= this.#holding.until || this.#lost !== null) return;
    this.#lost = new AbortController();
    this.#input.onStarted(this.#lost.signal);
  }

  /** Leadership ends at its time also while a call hangs. */
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

  /** @returns false: somebody else has written it meanwhile */
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

  /** @returns false: somebody else has written it meanwhile */
  async #send(method: "POST" | "PUT", body: unknown, deadline: AbortSignal): Promise<boolean> {
    const path = `${method === "POST" ? this.#folder() : this.#path()}?fieldManager=${FIELD_MANAGER}`;
    const answer = await this.#input.api.call({ method, path, body, deadline });
    if (answer.status === 200 || answer.status === 201) return true;
    // it is not there any more, or is another one now
    if (answer.status === 409 || answer.status === 404) return false;
    throw toApiRefusal(answer);
  }

  async #release(): Promise<void> {
    const over = new AbortController();
    const late = this.#clock.wait(this.#times.renewMs / 2, over.signal).then(() => over.abort());
    try {
      // a renewal that was given up may still come
      for (let tries = 0; tries < RELEASE_TRIES; tries += 1) if (await this.#free(over.signal)) return;
    } catch (error) {
      this.#tellTrouble(`it could not be released: ${describeFailure(error)}`);
    } finally {
      over.abort();
      await late;
    }
  }

  /** @returns false: somebody else has written it meanwhile */
  async #free(deadline: AbortSignal): Promise<boolean> {
    const lease = await this.#read(deadline);
    if (lease === null || lease.spec?.holderIdentity !== this.#identity) return true;
    // null takes the holder away: the API server refuses ""
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

/** Why this process may write itself into the Lease. */
interface LeaseClaim {
  /** nobody else is the leader: else the one before may not have heard of it yet */
  readonly isSure: boolean;
  /** it did not hold the Lease before */
  readonly isNew: boolean;
}

/** For people who read it. MicroTime wants six digits behind the second. */
const microTime = (): string => new Date().toISOString().replace("Z", "000Z");
