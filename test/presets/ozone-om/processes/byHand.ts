// Administration without Rollcall: a ring made with Ozone's own commands, and a member removed with them
// (docs/research/ozone.md#measured-with-processes), and records as `leave` or earlier versions may have left them.
import assert from "node:assert/strict";
import type { WorkloadRecord as SetRecord } from "../../../../init/contract/record.ts";
import { openRecord } from "../../../../init/engine/record/recordStore.ts";
import { openWorld } from "../../../../init/world/open.ts";
import { tryRepeatedly } from "../../../e2e/harness/eventually.ts";
import { SERVICE_ID } from "./conf.ts";
import type { Crew } from "./crew.ts";
import { waitForMembers } from "./member.ts";
import { waitUntil } from "./place.ts";

const nodes = (ids: readonly string[]): string[] => [
  "--set",
  `ozone.om.nodes.${SERVICE_ID}=${ids.join(",")}`,
];

/**
 * A ring of this size: `om --init` for the first member, and `om --bootstrap` for the others; without runner, record
 * and markers.
 */
export async function makeRingByHand({ place, member, ids, runs }: Crew, size: number): Promise<void> {
  for (let ordinal = 0; ordinal < size; ordinal += 1) {
    const { id, conf } = member(ordinal);
    const words = ["om", ...nodes(ids(ordinal + 1))];
    if (ordinal === 0) {
      assert.equal(await place.start(`${id}-init`, ["om", "--init"], conf).ended, 0);
      runs(ordinal, place.start(id, words, conf));
    } else {
      runs(ordinal, place.start(id, [...words, "--bootstrap"], conf));
    }
    await waitForMembers(place, ids(ordinal + 1));
  }
}

/** Removes the last member while it runs; resolves when it has stopped itself and the others are the ring. */
export async function takeOut({ place, member, ids, daemon }: Crew, size: number): Promise<void> {
  const { id, conf } = member(size - 1);
  const words = [
    "admin",
    ...nodes(ids(size - 1)),
    ...["--set", `ozone.om.address.${SERVICE_ID}.${id}=127.0.0.1`],
    ...["om", "decommission", `--service-id=${SERVICE_ID}`, `--nodeid=${id}`],
    ...["--node-host-address=127.0.0.1", "--force"],
  ];
  const admin = place.start(`${id}-decommission`, words, conf);
  assert.equal(await admin.ended, 0, admin.printed());
  await waitUntil(`${id} to stop itself`, 180, () => daemon(size - 1).child.exitCode !== null);
  await waitForMembers(place, ids(size - 1));
}

/** Transfers leadership to a member; retries while a member has not caught up. */
export async function handOver({ place, member, ids }: Crew, size: number, to: string): Promise<void> {
  const words = ["admin", ...nodes(ids(size)), "om", "transfer", `--service-id=${SERVICE_ID}`, "-n", to];
  await tryRepeatedly(5, async () => {
    await waitForMembers(place, ids(size));
    const admin = place.start(`transfer-to-${to}`, words, member(0).conf);
    assert.equal(await admin.ended, 0, admin.printed());
  });
  await waitForMembers(place, ids(size));
}

/** Changes the record like a pod of the StatefulSet. */
export async function updateRecord(
  { place, member }: Crew,
  edit: (record: SetRecord) => SetRecord,
): Promise<void> {
  const { plan } = member(0);
  const { signal: stop } = new AbortController();
  const world = await openWorld({ plan, env: place.access, stop, log: () => undefined, runId: "by-hand" });
  const { askApi } = world;
  const changed = askApi === null ? undefined : await openRecord(plan, askApi, world).change(null, edit);
  assert.ok(changed !== undefined && "record" in changed, JSON.stringify(changed));
}
