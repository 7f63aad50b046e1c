// What a leader's RatisRoles prove: they list all members, but a row with an error proves nothing about any member.

import assert from "node:assert/strict";
import { askRoles } from "../../../presets/ozone-om/runner/ask.ts";
import { buildModelPlan } from "./modelPod.ts";
import { readOzone } from "./plan.ts";
import { makeRingVolume, type RingVolume } from "./volume.ts";

const row = (id: string): string[] => [`${id}.om`, id, "9872", "FOLLOWER", "FOLLOWER"];

describe("the leader's RatisRoles", () => {
  let volume: RingVolume;
  before(async () => {
    volume = await makeRingVolume();
  });
  after(() => volume.remove());

  const asked = (RatisRoles: unknown): Promise<string[] | null> => {
    return askRoles(readOzone(buildModelPlan(0, volume)), "om-0", async () => ({
      is: "answer",
      status: 200,
      body: { beans: [{ RatisRoles }] },
    }));
  };

  it("list the members", async () => {
    assert.deepEqual(await asked([row("om-0"), row("om-2")]), ["om-0", "om-2"]);
  });

  it("are unknown if they contain an error or no members", async () => {
    const error = ["There is no leader among [om-0, om-1]"];
    for (const rows of [[error], [row("om-0"), error], [], undefined]) assert.equal(await asked(rows), null);
  });
});
