// A ring of four members that run, in the model of ring and disk.
import assert from "node:assert/strict";
import { ModelApi, makePod, type Pod } from "../modelPod.ts";
import { ModelRing } from "../modelRing.ts";
import { makeVolume, type Volume } from "../volume.ts";

export const IDS = ["om-0", "om-1", "om-2", "om-3"];

export interface Land {
  readonly ring: ModelRing;
  readonly api: ModelApi;
  pod(ordinal: number): Pod;
  /** the pod is started: its runner, and where that is done its daemon */
  up(ordinal: number): Promise<void>;
  /** members that have left for good, by the record */
  gone(): string[];
  close(): Promise<void>;
}

export async function fourRunning(): Promise<Land> {
  const ring = new ModelRing();
  const api = new ModelApi();
  const volumes: Volume[] = [];
  for (const _ of IDS) volumes.push(await makeVolume());
  const pods = volumes.map((volume, ordinal) => makePod({ ordinal, volume, ring, api }));
  const pod = (ordinal: number): Pod => {
    const found = pods[ordinal];
    assert.ok(found);
    return found;
  };
  const land: Land = {
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
    close: async () => {
      for (const volume of volumes.splice(0)) await volume.remove();
    },
  };
  for (const ordinal of IDS.keys()) await land.up(ordinal);
  return land;
}
