// A member's runner in the model: the real engine on a real volume, a virtual clock, the Leases of `try`'s API server,
// and a power cut at any call to the world.

import type { Plan } from "../../../init/contract/plan.ts";
import type { WorkloadRecord as SetRecord } from "../../../init/contract/record.ts";
import { lockLease, RECORD_ANNOTATION, readRecord, recordLease } from "../../../init/contract/record.ts";
import type { LeaveOutcome } from "../../../init/engine/leave/leave.ts";
import type { AskApi } from "../../../init/engine/ports.ts";
import type { RingContext } from "../../../init/engine/ring/client.ts";
import { evictMember, readmitMember } from "../../../init/engine/ring/evictMember.ts";
import { leaveRing } from "../../../init/engine/ring/leaveRing.ts";
import type { ChangeResult } from "../../../init/engine/ring/membershipLock.ts";
import { transferLeadership } from "../../../init/engine/ring/transferLeadership.ts";
import type { RingWorld } from "../../../init/engine/ringPorts.ts";
import type { RunOutcome } from "../../../init/engine/run.ts";
import { realFiles } from "../../../init/world/files.ts";
import { realTrees } from "../../../init/world/realTrees.ts";
import type { PlanOzone } from "../../../presets/ozone-om/contract/plan.ts";
import { joinOzoneRing } from "../../../presets/ozone-om/runner/joinOzoneRing.ts";
import { openOzoneClient } from "../../../presets/ozone-om/runner/openOzoneClient.ts";
import { LeaseStore } from "../../../webhook/cli/try/leases.ts";
import { type ModelRing, waitForTick } from "./modelRing.ts";
import { buildRingFields, readOzone } from "./plan.ts";
import type { RingVolume } from "./volume.ts";

export class PowerCut extends Error {}

const LEASE = /\/namespaces\/([^/]+)\/leases(?:\/([^/]+))?$/;

/** The API server of the model: Leases, one StatefulSet that keeps all members, its namespace. */
export class ModelApi {
  readonly leases = new LeaseStore();
  replicas = 9;
  /** spec.ordinals.start */
  start = 0;
  /** after this many requests, this many get no answer */
  outage = { after: Number.POSITIVE_INFINITY, asks: 0 };
  /** whether requests for the StatefulSet get no answer */
  hidesSet = false;
  /** after this many requests the StatefulSet has this many replicas; null: no change */
  later: { asks: number; replicas: number } | null = null;

  /** A server with the same Leases and settings; the Leases get new uids and versions. */
  copy(): ModelApi {
    const { replicas, start, outage, hidesSet, later } = this;
    const twin = Object.assign(new ModelApi(), { replicas, start, hidesSet });
    Object.assign(twin, { outage: { ...outage }, later: later === null ? null : { ...later } });
    for (const name of [recordLease("om"), lockLease("om")]) {
      const lease = this.leases.peek("ozone", name);
      if (lease === null) continue;
      const { resourceVersion: _, ...metadata } = lease.metadata;
      twin.leases.create("ozone", { ...lease, metadata });
    }
    return twin;
  }

  readonly ask: AskApi = async ({ method, path, body }) => {
    await waitForTick();
    this.#countDown();
    if (this.hidesSet && path.includes("/statefulsets/")) return { status: 503, body: {} };
    return this.#isDown() ? { none: "connection refused" } : this.#answer(method, path, body);
  };

  #answer(method: string, path: string, body: unknown): { status: number; body: unknown } {
    const [, namespace, name] = LEASE.exec(path) ?? [];
    if (namespace !== undefined) {
      const reply =
        method === "GET"
          ? this.leases.get(namespace, name ?? "")
          : method === "POST"
            ? this.leases.create(namespace, body)
            : this.leases.update(namespace, name ?? "", body);
      return { status: reply.code, body: "object" in reply ? reply.object : reply };
    }
    if (path.includes("/statefulsets/")) {
      return {
        status: 200,
        body: { metadata: {}, spec: { replicas: this.replicas, ordinals: { start: this.start } } },
      };
    }
    return { status: 200, body: { status: { phase: "Active" } } };
  }

  #isDown(): boolean {
    this.outage.after -= 1;
    if (this.outage.after > 0 || this.outage.asks === 0) return false;
    this.outage.asks -= 1;
    return true;
  }

  #countDown(): void {
    if (this.later === null) return;
    this.later.asks -= 1;
    if (this.later.asks > 0) return;
    this.replicas = this.later.replicas;
    this.later = null;
  }

  record(): SetRecord | null {
    const text = this.leases.peek("ozone", "rollcall-record-om")?.metadata.annotations?.[RECORD_ANNOTATION];
    const read = text === undefined ? null : readRecord(text);
    return read !== null && "record" in read ? read.record : null;
  }
}

export interface Meanwhile {
  /** number of the call, from 1 */
  readonly at: number;
  does(): Promise<void>;
}

export interface ModelPod {
  readonly id: string;
  readonly volume: RingVolume;
  /** what it has logged, all its processes together */
  readonly logged: readonly string[];
  /**
   * runs the init container
   * @param cut the call to the world at which the power fails: it then rejects with PowerCut
   * @param meanwhile an action by another process before such a call
   */
  run(cut?: number, meanwhile?: Meanwhile): Promise<RunOutcome>;
  /** runs the preStop while the daemon runs; @param cut as above */
  leave(cut?: number, changes?: Partial<Plan>): Promise<LeaveOutcome>;
  /** the commands `om evict`, `om rejoin` and `om transfer` in this pod */
  evict(other: string, cut?: number): Promise<ChangeResult>;
  rejoin(other: string): Promise<ChangeResult>;
  transfer(to: string | null): Promise<ChangeResult>;
}

export interface ModelPodInput {
  ordinal: number;
  volume: RingVolume;
  ring: ModelRing;
  api: ModelApi;
  /** how often this pod was started before, so that run ids are unique @default 0 */
  starts?: number;
}

export function makeModelPod({ ordinal, volume, ring, api, starts: earlier = 0 }: ModelPodInput): ModelPod {
  const id = `om-${ordinal}`;
  const logged: string[] = [];
  let calls = 0;
  let starts = earlier;
  const attempt = async <T>(
    work: (plan: Plan, ozone: PlanOzone, world: RingWorld) => Promise<T>,
    cut = Number.POSITIVE_INFINITY,
    meanwhile: Meanwhile | null = null,
  ): Promise<T> => {
    calls = 0;
    starts += 1;
    const off = new AbortController();
    const children: Promise<unknown>[] = [];
    // a call after the power cut never settles
    const count = async (): Promise<void> => {
      calls += 1;
      if (calls >= cut) off.abort();
      if (off.signal.aborted) await never();
      if (calls === meanwhile?.at) await meanwhile.does();
    };
    const world = buildWorld({
      id,
      volume,
      ring,
      api,
      count,
      off: off.signal,
      runId: `${id}-${starts}`,
      children,
      log: (line) => logged.push(line),
    });
    const plan = buildModelPlan(ordinal, volume);
    const gone = new Promise<null>((resolve) => off.signal.addEventListener("abort", () => resolve(null)));
    const ended = await Promise.race([work(plan, readOzone(plan), world), gone]);
    if (ended !== null) return ended;
    // the container's processes end with it
    await Promise.all(children);
    throw new PowerCut(`at call ${cut}`);
  };
  return {
    id,
    volume,
    logged,
    run: (cut, meanwhile) => attempt(joinOzoneRing, cut, meanwhile),
    leave: (cut, changes = {}) =>
      attempt((plan, ozone, world) => {
        const changed = { ...plan, ...changes };
        return leaveRing({ plan: changed, ring: openOzoneClient(ozone, world), world }, ozone);
      }, cut),
    evict: (other, cut) => attempt((...given) => evictMember(buildContext(other, ...given)), cut),
    rejoin: (other) => attempt((...given) => readmitMember(buildContext(other, ...given))),
    transfer: (to) => attempt((...given) => transferLeadership(buildContext(id, ...given), to)),
  };
}

const buildContext = (id: string, plan: Plan, ozone: PlanOzone, world: RingWorld): RingContext => ({
  plan,
  ring: openOzoneClient(ozone, world),
  world,
  id,
});

const never = (): Promise<never> => new Promise(() => undefined);

function counted<T extends object>(port: T, count: () => Promise<void>): T {
  return new Proxy(port, {
    get: (target, name) => {
      const call: unknown = Reflect.get(target, name);
      return async (...words: unknown[]) => {
        await count();
        return Reflect.apply(call as (...all: unknown[]) => unknown, target, words);
      };
    },
  });
}

function buildWorld(given: {
  id: string;
  volume: RingVolume;
  ring: ModelRing;
  api: ModelApi;
  count: () => Promise<void>;
  off: AbortSignal;
  children: Promise<unknown>[];
  runId: string;
  log: (line: string) => void;
}): RingWorld {
  const { id, volume, ring, api, count, off, runId, children, log } = given;
  let now = 0;
  return {
    files: counted(realFiles, count),
    trees: counted(realTrees, count),
    objects: null,
    askApi: async (asked) => {
      await count();
      return api.ask(asked);
    },
    askWeb: ring.askWeb,
    runChild: async (request) => {
      await count();
      const abort = request.abort === undefined ? off : AbortSignal.any([request.abort, off]);
      const child = ring.run(id, volume, { ...request, abort });
      children.push(child);
      return child;
    },
    now: () => new Date(Date.UTC(2026, 0, 1) + now),
    monotonic: () => now,
    pause: async (milliseconds, until) => {
      if (off.aborted) await never();
      // advances, but lets others run first
      for (let turn = 0; turn < 5 && until?.aborted !== true; turn += 1) await waitForTick();
      now += until?.aborted === true ? 0 : Math.min(milliseconds, 2_000);
    },
    random: () => 0.5,
    log,
    runId,
    podUid: `uid-${id}`,
    stop: new AbortController().signal,
  };
}

/** The plan of a member of four in the model. */
export function buildModelPlan(ordinal: number, { root, metadata }: RingVolume): Plan {
  const pod = `om-${ordinal}`;
  return {
    schema: 1,
    identity: {
      namespace: "ozone",
      workload: "om",
      pod,
      nodeId: String(ordinal),
      kind: "ozone-om",
      profile: "ozone",
    },
    ordinal,
    release: "",
    revision: null,
    markers: { store: "pvc", root, path: ".rollcall" },
    s3: null,
    lock: { store: "lease", seconds: 30 },
    api: { folder: "/token" },
    drop: "managed",
    leave: null,
    ...buildRingFields({
      serviceId: "omservice",
      members: [0, 1, 2, 3].map((member) => ({ id: `om-${member}`, web: `http://om-${member}` })),
      scm: ["http://scm"],
      caFile: null,
      metadata,
      container: "om",
      command: ["ozone"],
      joinSeconds: 600,
      // by this clock, which continues while real writes of others take their time
      waitSeconds: 3_000,
      leaveSeconds: 3_600,
    }),
    steps: [],
  };
}
