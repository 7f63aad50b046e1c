// A ring of real Ozone Managers through an upgrade of Rollcall and back: members join and leave under the other version.
import assert from "node:assert/strict";
import { join } from "node:path";
import { TIMEOUT, waitUntilPasses } from "../../e2e/harness/eventually.ts";
import { createKubectl, type Kubectl, readClusterAccess } from "../../e2e/harness/kubectl.ts";
import {
  mustHaveLostNothing,
  type PodClient,
  startClientPod,
} from "../../presets/ozone-om/cluster/client.ts";
import {
  applyCopy,
  listMemberIds,
  readPodUid,
  readRingRecord,
  starts,
  waitForReadyPod,
  waitForRing,
} from "../../presets/ozone-om/cluster/ring.ts";
import { scaleTo, setManagingProfile } from "../../presets/ozone-om/cluster/wayOut.ts";
import { measureTime } from "../../presets/ozone-om/processes/measureTime.ts";
import { findCheckout, installVersion } from "./versions.ts";

const NAMESPACE = "rollcall-upgrade";

describe("a ring during an upgrade of Rollcall", function () {
  this.bail(true);
  const access = readClusterAccess();
  const all = createKubectl(access);
  let k: Kubectl;
  let client: PodClient;
  before(async () => {
    await installVersion(all, "old");
    const profiles = join(findCheckout("old"), "test/presets/ozone-om/cluster/overlay/profiles.yaml");
    await waitUntilPasses(() => all.run(["apply", "-f", profiles]));
    k = await applyCopy(access, NAMESPACE, (spec) => setManagingProfile("ozone-managed", spec));
  });

  it("is formed by the old version", async () => {
    for (const name of listMemberIds(3)) await measureTime(`${name} Ready`, () => waitForReadyPod(k, name));
    await waitForRing(k, listMemberIds(3));
    client = await startClientPod(k, NAMESPACE);
  });

  it("is not restarted by the upgrade, and grows under the new version", async () => {
    const before = await starts(k, listMemberIds(3));
    await installVersion(all, "new");
    await k.run(["scale", "statefulset/om", "--replicas=4"]);
    await measureTime("om-3 Ready", () => waitForReadyPod(k, "om-3"));
    await waitForRing(k, listMemberIds(4));
    assert.deepEqual(await starts(k, listMemberIds(3)), before);
    assert.deepEqual((await readRingRecord(k)).ring?.members, listMemberIds(4));
  });

  it("has a member of the old version recreated by the new one", async () => {
    const uid = await readPodUid(k, "om-1");
    await k.run(["delete", "pod", "om-1", "--wait=true", TIMEOUT]);
    await waitForReadyPod(k, "om-1", undefined, uid);
    await waitForRing(k, listMemberIds(4));
  });

  it("lets a member of the new version leave under the old one", async () => {
    await installVersion(all, "old");
    await scaleTo(k, 3);
    await measureTime("om-3 gone", () => k.run(["wait", "--for=delete", "pod/om-3", TIMEOUT]));
    await waitForRing(k, listMemberIds(3));
    const { ring, tombstones } = await readRingRecord(k);
    assert.deepEqual([ring?.members, Object.keys(tombstones ?? {})], [listMemberIds(3), ["om-3"]]);
    await mustHaveLostNothing(k, NAMESPACE, { client, moreThan: 20 });
  });
});
