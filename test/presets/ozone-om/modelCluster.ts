// The members of one ring with their volumes and an API server, in the model. Starting them takes far longer than most
// tests, so they are started once and each test gets a copy.
import assert from "node:assert/strict";
import { ModelApi, type ModelPod, makeModelPod } from "./modelPod.ts";
import { ModelRing } from "./modelRing.ts";
import { makeRingVolume, type RingVolume } from "./volume.ts";

export const IDS = ["om-0", "om-1", "om-2", "om-3"];

export interface ModelCluster {
  readonly ring: ModelRing;
  readonly api: ModelApi;
  pod(ordinal: number): ModelPod;
  /** starts the pod: its runner, and its daemon when the runner is done */
  up(ordinal: number): Promise<void>;
  /** members that have left for good, according to the record */
  gone(): string[];
  /** an independent copy of members, files and Leases */
  copy(): Promise<ModelCluster>;
  close(): Promise<void>;
}

interface ModelClusterParts {
  ring: ModelRing;
  api: ModelApi;
  volumes: readonly RingVolume[];
  /** how often each pod was started before */
  starts: number;
}

/** More often than a pod is started before it is copied. */
const STARTS_OF_A_COPY = 100;

function makeCluster({ ring, api, volumes, starts }: ModelClusterParts): ModelCluster {
  const pods = volumes.map((volume, ordinal) => makeModelPod({ ordinal, volume, ring, api, starts }));
  const pod = (ordinal: number): ModelPod => {
    const found = pods[ordinal];
    assert.ok(found);
    return found;
  };
  return {
    ring,
    api,
    pod,
    up: async (ordinal) => {
      const { failure } = await pod(ordinal).run();
      assert.equal(failure, null, JSON.stringify(failure));
      ring.plain(pod(ordinal).id);
    },
    gone: () =>
      Object.entries(api.record()?.tombstones ?? {})
        .filter(([, { finished }]) => finished)
        .map(([id]) => id)
        .sort(),
    copy: async () =>
      makeCluster({
        ring: ring.copy(),
        api: api.copy(),
        volumes: await Promise.all(volumes.map((volume) => volume.copy())),
        starts: starts + STARTS_OF_A_COPY,
      }),
    close: async () => {
      for (const volume of volumes) await volume.remove();
    },
  };
}

/** Four empty volumes without running daemons. */
export async function emptyCluster(): Promise<ModelCluster> {
  const volumes: RingVolume[] = [];
  for (const _ of IDS) volumes.push(await makeRingVolume());
  return makeCluster({ ring: new ModelRing(), api: new ModelApi(), volumes, starts: 0 });
}

/** Makes copies of a cluster whose first members run. */
export interface ModelTemplate {
  copy(): Promise<ModelCluster>;
  close(): Promise<void>;
}

/** Starts the first `count` members of four, when the first copy is requested. */
export function startMembers(count: number): ModelTemplate {
  let made: Promise<ModelCluster> | null = null;
  const make = async (): Promise<ModelCluster> => {
    const cluster = await emptyCluster();
    for (let ordinal = 0; ordinal < count; ordinal += 1) await cluster.up(ordinal);
    return cluster;
  };
  return {
    copy: async () => {
      made ??= make();
      return (await made).copy();
    },
    close: async () => {
      if (made !== null) await (await made).close();
      made = null;
    },
  };
}
